import { beforeAll, describe, expect, test } from "vitest";
import { createAudits } from "../../../server/audit/create-audits.ts";
import { getMyCredit } from "../../../server/credit/get-my-credit.ts";
import { confirmedBytes } from "../../../server/project/confirmed-bytes.ts";
import { listProjects } from "../../../server/project/list-projects.ts";
import { listConfirmed, pageConfirmedOutputs } from "../../../server/project/list-results.ts";
import { createFold } from "../../../server/science/confirmed-outputs.ts";
import { inTransaction } from "../../../server/sql/transaction.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { type LabHost, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();

/** One project: 3 confirmed, 1 cancelled, 1 with a success that waits, 1 that is out twice, 2 not begun. */
let slug: string;
let ids: number[];
let hosts: [LabHost, LabHost];

beforeAll(async () => {
  const { current } = lab;
  const app = await current.app();
  slug = app.slug;
  ids = await current.submit(app.appVersionId, 5);
  hosts = [await current.host(), await current.host()];
  const [a, b] = hosts;
  const first = await current.claim(a, 5);
  const second = await current.claim(b, 5);
  ids.push(...(await current.submit(app.appVersionId, 3)));
  await current.report(a, ...first.slice(0, 4).map((lease) => outputReport(lease, outputOf(1))));
  current.now += 10;
  await current.report(b, ...second.slice(0, 3).map((lease) => outputReport(lease, outputOf(1))));
  await cancelWorkunits(current.deps, ids.slice(-1), current.now);
});

const project = async () => (await listProjects(lab.current.deps.pool, lab.current.now, slug))[0];
const EXPECTED = { workunits: 8, confirmed: 3, failed: 1, inProgress: 3, confirmedLastDay: 3 };

describe("what pages count", () => {
  test("a project's progress is the same before its workunits are assimilated and after", async () => {
    expect(await project()).toMatchObject(EXPECTED);
    await lab.current.sweep();
    expect(await project()).toMatchObject(EXPECTED);
    lab.current.now += 86_500;
    expect(await project()).toMatchObject({ ...EXPECTED, confirmedLastDay: 0 });
    lab.current.now -= 86_500;
  });

  test("confirmed outputs: newest first for the page, in pages by workunit for a download", async () => {
    const { pool } = lab.current.deps;
    const confirmed = await listConfirmed(pool, slug, 2);
    expect(confirmed.map(({ workunitId, confirmations }) => [workunitId, confirmations])).toEqual([
      [ids[2], 2],
      [ids[1], 2],
    ]);
    const page = await pageConfirmedOutputs(pool, slug, { afterId: 0, limit: 2 });
    const rest = await pageConfirmedOutputs(pool, slug, { afterId: page.at(-1)?.workunitId ?? 0, limit: 2 });
    expect([...page, ...rest].map(({ workunitId }) => workunitId)).toEqual(ids.slice(0, 3));
    expect(page[0]?.output?.equals(outputOf(1))).toBe(true);
    expect(await pageConfirmedOutputs(pool, "another-project", { afterId: 0, limit: 2 })).toEqual([]);
  });

  test("a picture of confirmed outputs takes each of them once", async () => {
    const seen: number[] = [];
    const fold = createFold<number[]>(lab.current.deps, {
      name: "test",
      empty: () => seen,
      add: (picture, { workunitId }) => void picture.push(workunitId),
    });
    await fold.get(slug);
    expect(await fold.get(slug)).toEqual(ids.slice(0, 3));
  });

  test("a volunteer's results, those that never came back last", async () => {
    const { current } = lab;
    await current.fold();
    const [a] = hosts;
    current.now += 1_000;
    await current.sweep();
    const credit = await getMyCredit(current.deps.pool, String(a.userId), current.now);
    expect(credit).toMatchObject({ confirmedResults: 3, beingChecked: 1, totalMicro: 4_500_000 });
    expect(credit.results).toHaveLength(5);
    expect(credit.results.map(({ workunitId }) => workunitId)).toEqual([...ids.slice(0, 4).reverse(), ids[4]]);
    expect(credit.results.at(-1)?.reportedSeconds).toBeNull();
  });

  test("a re-check is no work of the project", async () => {
    const { current } = lab;
    const wanted = [{ originalId: ids[0] ?? 0, cause: "operator" as const, causeResultId: null }];
    const made = await inTransaction(current.deps, "audit", (client) =>
      createAudits(current.deps, client, wanted, current.now),
    );
    expect(made.size).toBe(1);
    expect(await project()).toMatchObject({ workunits: 8, confirmed: 3 });
  });

  test("what confirmed outputs take, until they are deleted", async () => {
    const { pool } = lab.current.deps;
    const { id } = await lab.current.row<{ id: number }>("select id from project where slug = $1", [slug]);
    const all = { scanned: 100, sized: 100 };
    const bytes = (most: Partial<typeof all> = {}) => confirmedBytes(pool, id, lab.current.now, { ...all, ...most });
    expect(await confirmedBytes(pool, id, lab.current.now)).toEqual({ outputs: 3, bytes: 12, isExact: true });
    // By the size of the latest two.
    expect(await bytes({ sized: 2 })).toEqual({ outputs: 3, bytes: 12, isExact: false });
    // Kept for a time: no more is looked at than was said, also of those that are kept.
    await lab.current.rows("update project set retention_seconds = 1000000 where id = $1", [id]);
    expect(await bytes({ scanned: 2 })).toEqual({ outputs: 3, bytes: 12, isExact: false });
    expect(await bytes({ sized: 2 })).toEqual({ outputs: 3, bytes: 12, isExact: false });
    await lab.current.rows("update project set retention_seconds = null where id = $1", [id]);
    const deleteOutput = (workunitId = 0) =>
      lab.current.rows("update workunit set output_deleted_seconds = $2 where id = $1", [workunitId, lab.current.now]);
    await deleteOutput(ids[0]);
    expect(await bytes()).toEqual({ outputs: 2, bytes: 8, isExact: true });
    // One of the latest two is deleted: of all that there are, half.
    await deleteOutput(ids[2]);
    expect(await bytes({ sized: 2 })).toEqual({ outputs: 2, bytes: 8, isExact: false });
    expect(await bytes()).toEqual({ outputs: 1, bytes: 4, isExact: true });
    expect(await confirmedBytes(pool, id + 1_000, lab.current.now)).toEqual({ outputs: 0, bytes: 0, isExact: true });
  });
});
