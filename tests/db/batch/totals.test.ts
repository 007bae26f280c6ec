import { beforeAll, describe, expect, test } from "vitest";
import { addToTotals, takeFromTotals } from "../../../server/batch/batch-totals.ts";
import { checkLedger, repairLedger } from "../../../server/credit/check-ledger.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { confirmedBytes } from "../../../server/project/confirmed-bytes.ts";
import { listProjects } from "../../../server/project/list-projects.ts";
import { inTransaction } from "../../../server/sql/transaction.ts";
import { measureProjects } from "../../../server/status/measure.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { ledgerProblems } from "../../support/check-ledger.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
/** One batch that is over: 2 confirmed, 1 failed; one of which 1 of 2 is; one that nothing happened to. */
let slug: string;
let projectId: number;
let appVersionId: number;

beforeAll(async () => {
  const { current } = lab;
  ({ slug, projectId, appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } }));
  const over = await current.submit(appVersionId, 3);
  await current.submit(appVersionId, 2);
  await current.submit(appVersionId, 4);
  const host = await current.host();
  await cancelWorkunits(current.deps, over.slice(2), current.now);
  for (const lease of await current.claim(host, 3)) await current.report(host, outputReport(lease, outputOf(1)));
});

async function counted() {
  const { pool } = lab.current.deps;
  const [shown] = await listProjects(pool, lab.current.now, slug);
  const measured = (await measureProjects(pool, lab.current.now)).find((one) => one.projectId === projectId);
  return {
    shown: [shown?.workunits, shown?.confirmed, shown?.failed],
    measured: [measured?.workunitsOpen, measured?.workunitsConfirmed, measured?.workunitsFailed],
  };
}
const inTotal = () => lab.current.rows<{ id: number }>("select id from batch where in_total order by id");
const problems = () => ledgerProblems(lab.current.deps.pool, { atRest: false });

describe("what batches that are over have counted is kept as a sum", () => {
  const expected = { shown: [9, 3, 1], measured: [5, 3, 1] };

  test("what pages say stays the same, and nothing is added twice", async () => {
    const { current } = lab;
    expect(await counted()).toEqual(expected);
    // Ended, but not assimilated: no batch is over yet.
    expect(await addToTotals(current.deps)).toBe(0);
    await deliverOutbox(current.deps, { kind: "assimilate" }, current.now);
    expect(await counted()).toEqual(expected);
    expect(await addToTotals(current.deps)).toBe(1);
    expect(await addToTotals(current.deps)).toBe(0);
    expect(await counted()).toEqual(expected);
    expect(await confirmedBytes(current.deps.pool, projectId, current.now)).toMatchObject({
      outputs: 3,
      isExact: true,
    });
    expect(await current.rows("select n_workunits, n_completed, n_failed from batch_total")).toEqual([
      { n_workunits: 3, n_completed: 2, n_failed: 1 },
    ]);
    expect(await problems()).toEqual([]);
  });

  test("the database refuses to count further in a batch that is part of a sum, and to add one that is not over", async () => {
    const { pool } = lab.current.deps;
    for (const change of [
      "update batch set n_workunits = n_workunits + 1 where in_total",
      "update batch set n_completed = n_completed - 1 where in_total",
      "update batch set in_total = true where n_completed + n_failed < n_workunits",
    ]) {
      await expect(pool.query(change), change).rejects.toThrow(/batch_in_total_check/);
    }
  });

  test("a sum that is wrong is found, and repaired", async () => {
    const { current } = lab;
    for (const wrong of [
      "update batch_total set n_completed = n_completed + 1, n_failed = n_failed - 1",
      "delete from batch_total",
      "update batch set in_total = false where in_total",
    ]) {
      await current.deps.pool.query(wrong);
      expect(await problems()).toEqual([expect.stringMatching(/^a total of batches/)]);
      const { differences } = await checkLedger(current.deps);
      expect(differences).toEqual([
        expect.stringMatching(`^the total of batches of app version ${appVersionId} says `),
      ]);
      expect((await repairLedger(current.deps)).differences).toEqual(differences);
      expect((await checkLedger(current.deps)).differences).toEqual([]);
      await addToTotals(current.deps);
      expect(await problems()).toEqual([]);
      expect(await counted()).toEqual(expected);
    }
  });

  test("at every moment while several processes end, assimilate and add, what pages say is whole", async () => {
    const { current } = lab;
    const BATCHES = 40;
    const ids: number[] = [];
    for (let n = 0; n < BATCHES; n += 1) ids.push(...(await current.submit(appVersionId, 1 + (n % 3))));
    const workunits = 9 + ids.length;
    let isOver = false;
    const adding = Array.from({ length: 3 }, async () => {
      let added = 0;
      while (!isOver) added += await addToTotals(current.deps);
      return added;
    });
    const reading = (async () => {
      let [ended, looks] = [0, 0];
      while (!isOver) {
        const { shown } = await counted();
        expect(shown[0]).toBe(workunits);
        const now = (shown[1] ?? 0) + (shown[2] ?? 0);
        expect(now).toBeGreaterThanOrEqual(ended);
        ended = now;
        looks += 1;
      }
      return looks;
    })();
    try {
      for (let at = 0; at < ids.length; at += 4) {
        await cancelWorkunits(current.deps, ids.slice(at, at + 4), current.now);
        await Promise.all([1, 2].map(() => deliverOutbox(current.deps, { kind: "assimilate" }, current.now)));
      }
    } finally {
      isOver = true;
    }
    const added = (await Promise.all(adding)).reduce((sum, one) => sum + one, 0);
    expect(await reading).toBeGreaterThan(0);
    expect(added + (await addToTotals(current.deps))).toBe(BATCHES);
    expect(await inTotal()).toHaveLength(1 + BATCHES);
    expect(await counted()).toEqual({ shown: [workunits, 3, 1 + ids.length], measured: [5, 3, 1 + ids.length] });
    expect(await problems()).toEqual([]);
  });

  test("a batch that grows at the moment in which it is added waits, and is taken out again", async () => {
    const { current } = lab;
    const ids = await current.submit(appVersionId, 1);
    await cancelWorkunits(current.deps, ids, current.now);
    await deliverOutbox(current.deps, { kind: "assimilate" }, current.now);
    const { key } = await current.row<{ key: string }>("select key from batch order by id desc limit 1");
    const [about, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const boundary = async (name: string, moment: string) => {
      if (name !== "batch-totals" || moment !== "before_commit") return;
      about.resolve();
      await goOn.promise;
    };
    const adding = addToTotals({ ...current.deps, boundary });
    await Promise.race([about.promise, adding]);
    const growing = inTransaction(current.deps, "grow", async (client) => {
      await takeFromTotals(client, { appVersionId, keys: [key] });
      await client.query("update batch set n_workunits = n_workunits + 1 where key = $1", [key]);
    });
    const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await expect.poll(async () => (await current.rows(waiting)).length, { timeout: 30_000 }).toBeGreaterThan(0);
    goOn.resolve();
    await growing;
    expect(await adding).toBe(1);
    expect(await current.row("select n_workunits, in_total from batch where key = $1", [key])).toEqual({
      n_workunits: 2,
      in_total: false,
    });
    expect(await problems()).toEqual([]);
  });
});
