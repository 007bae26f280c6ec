import { describe, expect, test } from "vitest";
import { submitBatch } from "../../../server/batch/submit-batch.ts";
import { foldCredit } from "../../../server/credit/fold-credit.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { advanceDue } from "../../../server/sweeper/advance-due.ts";
import { type Lab, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

class Died extends Error {}

/** An engine whose process dies the first time it reaches this moment of this transaction. */
function dyingAt(
  healthy: Lab,
  transaction: string,
  moment: "before_commit" | "after_commit",
): { dying: Lab; died: () => boolean } {
  let died = false;
  const dying = healthy.with({
    boundary: (name, at) => {
      if (died || name !== transaction || at !== moment) return;
      died = true;
      throw new Died(`${transaction} ${moment}`);
    },
  });
  return { dying, died: () => died };
}

/** The life of one workunit; `step` is done by an engine that may die, and again by a healthy one. */
async function liveThrough(transaction: string, moment: "before_commit" | "after_commit"): Promise<void> {
  const healthy = lab.current;
  const { appVersionId } = await healthy.app({ retentionSeconds: 0 });
  const { dying, died } = dyingAt(healthy, transaction, moment);
  dying.slug = healthy.slug;
  const twice = async (step: (engine: Lab) => Promise<unknown>) => {
    dying.now = healthy.now;
    await step(dying).catch((error: unknown) => {
      if (!(error instanceof Died)) throw error;
    });
    // A delivery that failed is tried again a little later.
    healthy.now += 20;
    await step(healthy);
  };
  const submitted = {
    appVersionId,
    name: "Batch",
    key: `crash ${transaction} ${moment}`,
    workunits: [{ name: "one", input: new Uint8Array(), flops: 648e9 }],
  };
  await twice((engine) => submitBatch(engine.deps, submitted, engine.now));
  const [a, b, c] = [await healthy.host(), await healthy.host(), await healthy.host()];
  await twice((engine) => engine.claim(c));
  // C never comes back.
  healthy.now += 1_000;
  await twice((engine) => advanceDue(engine.deps, engine.now));
  await twice((engine) => engine.claim(a));
  await twice((engine) => engine.claim(b));
  const [[ra], [rb]] = [await healthy.claim(a), await healthy.claim(b)];
  if (!ra || !rb) throw new Error("A and B should hold a result each");
  await twice((engine) => engine.report(a, outputReport(ra, outputOf(1))));
  await twice((engine) => engine.report(b, outputReport(rb, outputOf(1))));
  await twice((engine) => deliverOutbox(engine.deps, { kind: "assimilate" }, engine.now));
  await twice((engine) => deliverOutbox(engine.deps, { kind: "delete_output" }, engine.now));
  await twice((engine) => foldCredit(engine.deps));
  await healthy.fold();
  expect(died()).toBe(true);

  const id = Number(ra.workunitId);
  const workunit = await healthy.row(
    "select state, assimilation, n_results, output_deleted_seconds is not null as deleted from workunit where id = $1",
    [id],
  );
  expect(workunit).toEqual({ state: "completed", assimilation: "done", n_results: 3, deleted: true });
  const results = await healthy.rows("select outcome, validation from result where workunit_id = $1 order by outcome", [
    id,
  ]);
  expect(results).toEqual([
    { outcome: "ok", validation: "valid" },
    { outcome: "ok", validation: "valid" },
    { outcome: "returned", validation: "init" },
  ]);
  for (const { userId, hostId } of [a, b]) {
    const balance = await healthy.row(
      "select total_micro, n_results from credit_balance where kind = 'user' and subject_id = $1",
      [userId],
    );
    expect(balance).toEqual({ total_micro: 1_500_000, n_results: 1 });
    const standing = await healthy.row("select consecutive_valid, valid from host_app_version where host_id = $1", [
      hostId,
    ]);
    expect(standing).toEqual({ consecutive_valid: 1, valid: 1 });
  }
  const batch = await healthy.row("select n_workunits, n_completed, n_failed from batch where app_version_id = $1", [
    appVersionId,
  ]);
  expect(batch).toEqual({ n_workunits: 1, n_completed: 1, n_failed: 0 });
}

describe("a process that dies at a commit loses nothing and doubles nothing", () => {
  const transactions = ["submit", "claim", "sweep", "reports", "outbox:assimilate", "outbox:delete_output", "fold"];
  test.each(transactions.flatMap((name) => [[name, "before_commit"] as const, [name, "after_commit"] as const]))(
    "[R003.19] %s, %s",
    async (transaction, moment) => {
      expect.hasAssertions();
      await liveThrough(transaction, moment);
    },
  );
});
