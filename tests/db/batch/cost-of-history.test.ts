import { beforeAll, describe, expect, test } from "vitest";
import { addToTotals } from "../../../server/batch/batch-totals.ts";
import { getBatchDetails, listBatches, listBatchWorkunits } from "../../../server/batch/get-batch.ts";
import type { Pool } from "../../../server/database/pool.ts";
import { confirmedBytes } from "../../../server/project/confirmed-bytes.ts";
import { listProjects } from "../../../server/project/list-projects.ts";
import { measureProjects } from "../../../server/status/measure.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { explaining } from "../../support/explaining.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

/**
 * What pages read must not grow with what is over. Time says little on a machine that does other work, so pages of the
 * database are compared that PostgreSQL looked at.
 */
const lab = withLab();
const FEW = 200;
const MANY = 20_000;

/** Pages looked at. */
async function cost(read: (pool: Pool) => Promise<unknown>): Promise<number> {
  const { pool, plans } = explaining(lab.current.deps.pool);
  await read(pool);
  expect(plans.length).toBeGreaterThan(0);
  return plans.reduce((sum, { buffers }) => sum + buffers, 0);
}

describe("batches that are over", () => {
  /** Submitted three before all the others came. */
  let few: { projectId: number; appVersionId: number; slug: string };
  let old: { projectId: number; appVersionId: number };

  beforeAll(async () => {
    const { current } = lab;
    few = await current.app();
    for (let n = 0; n < 3; n += 1) await current.submit(few.appVersionId, 2);
    old = await current.app();
    await current.submit(old.appVersionId, 2);
  });

  async function becomes(batches: number) {
    const { deps } = lab.current;
    await deps.pool.query(
      `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits, n_completed, n_failed)
       select $1, 'old', 'old ' || n, repeat('0', 64), n, 5, 4, 1 from generate_series((select count(*) from batch where key like 'old %') + 1, $2) n`,
      [old.appVersionId, batches],
    );
    await addToTotals(deps);
    await deps.pool.query("vacuum (analyze) batch, batch_total");
  }

  test("make no page that others read cost more", async () => {
    const { current } = lab;
    const list = { beforeId: null, limit: 20 };
    const reads: Record<string, (pool: Pool) => Promise<unknown>> = {
      "the sums of all projects": (pool) => measureProjects(pool, current.now),
      "the list of projects": (pool) => listProjects(pool, current.now),
      "a project": (pool) => listProjects(pool, current.now, few.slug),
      "what a project's outputs take": (pool) => confirmedBytes(pool, old.projectId, current.now),
      "batches of a project without new ones": (pool) =>
        listBatches({ pool }, { ...list, projectId: few.projectId }, current.now),
      "batches of a project with very many": (pool) =>
        listBatches({ pool }, { ...list, projectId: old.projectId }, current.now),
    };
    const measure = async () =>
      await Promise.all(Object.entries(reads).map(async ([name, read]) => ({ name, pages: await cost(read) })));
    await becomes(FEW);
    const before = await measure();
    await becomes(MANY);
    const after = await measure();
    const grown = after.filter(({ pages }, index) => pages > (before[index]?.pages ?? 0) * 1.5 + 20);
    expect(grown.map(({ name, pages }) => `${name}: ${pages} pages`)).toEqual([]);
    const listed = await listBatches(current.deps, { ...list, projectId: few.projectId }, current.now);
    expect(listed.map(({ workunits }) => workunits)).toEqual([2, 2, 2]);
    const [newest, next] = await listBatches(current.deps, { ...list, projectId: old.projectId }, current.now);
    expect(newest).toMatchObject({ key: `old ${MANY}`, completed: 4, failed: 1 });
    const page = { projectId: old.projectId, beforeId: newest?.batchId ?? 0, limit: 1 };
    expect(await listBatches(current.deps, page, current.now)).toEqual([next]);
  });
});

describe("a large batch", () => {
  const LARGE = 6_000;
  const OUT = 5;
  let batchId: number;
  let ids: number[];

  beforeAll(async () => {
    const { current } = lab;
    current.now += 7_200;
    const { appVersionId } = await current.app();
    ids = await current.submit(appVersionId, LARGE);
    ({ batchId } = await current.row<{ batchId: number }>(
      'select max(id)::int as "batchId" from batch where app_version_id = $1',
      [appVersionId],
    ));
    const [a, b] = [await current.host(), await current.host()];
    const first = await current.claim(a, OUT);
    current.now += 5;
    const second = await current.claim(b, OUT);
    await current.report(a, ...first.slice(0, 3).map((lease) => outputReport(lease, outputOf(1))));
    await current.report(b, ...second.slice(0, 2).map((lease) => outputReport(lease, outputOf(1))));
    const failed = second[2];
    if (failed === undefined) throw new Error("more results were expected");
    const { resultId, leaseToken } = failed;
    await current.report(b, { kind: "error", resultId, leaseToken, code: "kernel_error", message: "" });
    await cancelWorkunits(current.deps, ids.slice(-3), current.now);
    await current.sweep();
    current.now += 3_700;
    await current.deps.pool.query("vacuum (analyze)");
  }, 120_000);

  test("is told by looking at each of its results once", async () => {
    const once = await cost((pool) =>
      pool.query(
        "select count(r.outcome) from workunit w join result r on r.workunit_id = w.id where w.batch_id = $1",
        [batchId],
      ),
    );
    const told = await cost((pool) => getBatchDetails({ pool }, batchId, lab.current.now));
    expect(told).toBeLessThan(once * 1.5 + 100);
  });

  test("is told as its rows say", async () => {
    const { current } = lab;
    const details = await getBatchDetails(current.deps, batchId, current.now);
    const { completed, tail, oldest, ...raw } = await current.row<Record<string, number>>(
      `select count(*) filter (where r.sent_seconds is not null)::int as sent, count(*) filter (where r.state = 'in_progress')::int as "inProgress",
              count(*) filter (where r.state = 'unsent')::int as waiting, count(*) filter (where r.outcome = 'ok')::int as succeeded,
              count(distinct w.id) filter (where w.state = 'completed')::int as completed,
              count(distinct w.id) filter (where w.state = 'open' and r.state = 'in_progress')::int as tail,
              min(r.sent_seconds) filter (where w.state = 'open' and r.state = 'in_progress') as oldest
         from result r join workunit w on w.id = r.workunit_id where w.batch_id = $1`,
      [batchId],
    );
    expect(details).toMatchObject({
      ...raw,
      sent: 2 * OUT,
      inProgress: 4,
      errors: 1,
      disagreed: 0,
      redundancy: completed === 0 ? null : (2 * OUT) / (completed ?? 0),
      failures: [{ reason: "cancelled", workunits: 3 }],
      resultErrors: [{ code: "kernel_error", results: 1 }],
      tail: { workunits: tail, oldestSeconds: current.now - (oldest ?? 0) },
      // All that ended did so more than an hour ago.
      perSecond: null,
    });
    const ended = details.history.reduce((sum, one) => sum + one.completed + one.failed, 0);
    expect(ended).toBe((completed ?? 0) + 3);
    const soon = await getBatchDetails(current.deps, batchId, current.now - 3_000);
    expect(soon.perSecond).toBeCloseTo(ended / 705);
  });

  test.each([
    { state: "failed" as const, reason: null },
    { state: null, reason: "cancelled" },
    { state: "failed" as const, reason: "cancelled" },
  ])("shows its few failed workunits without reading the others: $state, $reason", async (filter) => {
    const query = { batchId, afterId: 0, limit: 50, ...filter };
    expect(await cost((pool) => listBatchWorkunits({ pool }, query))).toBeLessThan(30);
    const listed = await listBatchWorkunits(lab.current.deps, query);
    expect(listed.map(({ workunitId, errors }) => [workunitId, errors])).toEqual(
      ids.slice(-3).map((id) => [id, ["cancelled"]]),
    );
    expect(await listBatchWorkunits(lab.current.deps, { ...query, state: "open", reason: "cancelled" })).toEqual([]);
  });
});
