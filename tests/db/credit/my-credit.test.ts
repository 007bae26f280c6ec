import { describe, expect, test } from "vitest";
import { creditOverTime } from "../../../server/credit/credit-over-time.ts";
import { getMyCredit } from "../../../server/credit/get-my-credit.ts";
import { listMyResults, type ResultCursor } from "../../../server/credit/list-my-results.ts";
import { findPlace } from "../../../server/leaderboard/find-place.ts";
import { listLeaders } from "../../../server/leaderboard/list-leaders.ts";
import { createMilestones } from "../../../server/leaderboard/milestones.ts";
import { type LabHost, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
const DAY = 86_400;

const mine = (host: LabHost) => getMyCredit(lab.current.deps.pool, host.userId, lab.current.now);
let resultId = 5_000_000_000;
async function grant(host: LabHost, projectId: number, micro: number, seconds = lab.current.now) {
  resultId += 1;
  await lab.current.deps.pool.query(
    `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
     values ($1, 'grant', $2, $3, $4, 1, $5, $6)`,
    [resultId, host.userId, host.hostId, projectId, micro, seconds],
  );
}
const joinTo = (survivor: LabHost, joined: LabHost) =>
  lab.current.deps.pool.query("update app_user set merged_into = $2 where id = $1", [joined.userId, survivor.userId]);
const usersBoard = { kind: "users", order: "total", projectId: 0 } as const;

describe("credit that is pending says why", () => {
  test("others have not answered yet; answers differ; and nothing once it is decided", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const [first, second] = await current.submit(appVersionId, 2);
    const [ada, grace, emmy] = [await current.host(), await current.host(), await current.host()];
    const [a, b] = await current.claim(ada, 2);
    if (a === undefined || b === undefined) throw new Error("no work");
    await current.report(ada, outputReport(a, outputOf(1)));
    current.now += 7;
    await current.report(ada, outputReport(b, outputOf(1)));
    const expectedMicro = 1_500_000;
    expect((await mine(ada)).pending).toMatchObject({
      count: 2,
      expectedMicro: 2 * expectedMicro,
      results: [
        { workunitId: first, reason: "others", expectedMicro, reportedSeconds: current.now - 7 },
        { workunitId: second, reason: "others", expectedMicro },
      ],
    });
    const other = (await current.claim(grace, 2)).find(({ workunitId }) => workunitId === String(first));
    if (other === undefined) throw new Error("no work");
    await current.report(grace, outputReport(other, outputOf(2)));
    expect((await mine(ada)).pending.results.map(({ reason }) => reason)).toEqual(["differing", "others"]);
    expect((await mine(grace)).pending.results.map(({ reason }) => reason)).toEqual(["differing"]);
    const deciding = (await current.claim(emmy, 2)).find(({ workunitId }) => workunitId === String(first));
    if (deciding === undefined) throw new Error("no third result");
    await current.report(emmy, outputReport(deciding, outputOf(1)));
    const credit = await mine(ada);
    expect(credit.pending.results.map(({ workunitId }) => workunitId)).toEqual([second]);
    // In the total at once, before it is folded.
    expect(credit).toMatchObject({ totalMicro: expectedMicro, confirmedResults: 1, beingChecked: 1 });
    expect((await mine(grace)).pending.count).toBe(0);
    expect((await mine(grace)).results[0]).toMatchObject({ fate: "not_confirmed", creditMicro: null });
  });
});

describe("results", () => {
  test("come page by page, each once, the latest first and what was never reported last, of all devices", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 9);
    const one = await current.host();
    const [two, old] = [await current.secondHost(one), await current.host()];
    // One result per user and workunit: the devices share the nine.
    for (const [host, count] of [
      [one, 4],
      [two, 3],
      [old, 2],
    ] as const) {
      const leases = await current.claim(host, count);
      // The first of each is never reported.
      for (const lease of leases.slice(1)) {
        await current.report(host, outputReport(lease, outputOf(1)));
        current.now += host === two ? 0 : 3;
      }
    }
    await joinTo(one, old);
    current.now += 100_000;
    await current.sweep();
    const { pool } = current.deps;
    const all = await listMyResults(pool, { userId: one.userId, after: null, limit: 50 });
    expect(all).toHaveLength(9);
    expect(all.filter(({ reportedSeconds }) => reportedSeconds === null)).toHaveLength(3);
    const keys = all.map(({ reportedSeconds, resultId: id }) => [reportedSeconds ?? -1, id] as const);
    expect(keys).toEqual([...keys].sort((x, y) => y[0] - x[0] || y[1] - x[1]));
    for (const limit of [1, 2, 4]) {
      const seen: number[] = [];
      for (let after: ResultCursor | null = null; ; ) {
        const page = await listMyResults(pool, { userId: one.userId, after, limit });
        seen.push(...page.map((row) => row.resultId));
        after = page.at(-1) ?? null;
        if (page.length < limit) break;
      }
      expect(seen).toEqual(all.map((row) => row.resultId));
    }
  });
});

describe("credit over time", () => {
  test("by project and device, folded and not yet folded, of all joined identities", async () => {
    const { current } = lab;
    const [p, q] = [(await current.app()).projectId, (await current.app()).projectId];
    const one = await current.host();
    const [two, old] = [await current.secondHost(one), await current.host()];
    const midnight = current.now - (current.now % DAY);
    current.now = midnight + 5_000;
    await grant(one, p, 1, midnight - 1);
    await grant(two, p, 20, midnight);
    await grant(old, q, 300, midnight + 10);
    await grant(one, q, 90_000, midnight - 40 * DAY);
    await current.fold();
    await joinTo(one, old);
    await grant(two, q, 4_000, midnight + 20);
    const chart = (step: "day" | "week" | "month", split: "all" | "project" | "device") =>
      creditOverTime(
        current.deps.pool,
        { of: { what: "user", id: one.userId }, step, split, isForAll: false },
        current.now,
      );
    const days = await chart("day", "project");
    expect(days.bars).toHaveLength(30);
    expect(days.parts.map(({ id, micro }) => [id, micro])).toEqual([
      [q, 4_300],
      [p, 21],
    ]);
    expect(days.bars.slice(-2)).toEqual([
      { startSeconds: midnight - DAY, micro: [0, 1] },
      { startSeconds: midnight, micro: [4_300, 20] },
    ]);
    const devices = await chart("day", "device");
    expect(devices.parts.map(({ id, micro }) => [id, micro])).toEqual([
      [two.hostId, 4_020],
      [old.hostId, 300],
      [one.hostId, 1],
    ]);
    const sum = (all: Awaited<ReturnType<typeof chart>>) =>
      all.bars.reduce((total, bar) => total + bar.micro.reduce((of, micro) => of + micro, 0), 0);
    for (const step of ["week", "month"] as const) expect(sum(await chart(step, "all"))).toBe(94_321);
  });

  test("many parts are the largest six and the others", async () => {
    const { current } = lab;
    const host = await current.host();
    for (let index = 1; index <= 8; index += 1) {
      const { projectId } = await current.app();
      await grant(host, projectId, 10 ** index);
    }
    const chart = await creditOverTime(
      current.deps.pool,
      { of: { what: "user", id: host.userId }, step: "day", split: "project", isForAll: false },
      current.now,
    );
    expect(chart.parts.map(({ micro }) => micro)).toEqual([1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 110]);
    expect(chart.parts.at(-1)).toMatchObject({ id: null });
    expect(chart.bars.at(-1)?.micro).toEqual([1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 110]);
  });
});

describe("credit over time that everybody may look at", () => {
  test("does not name projects that not everybody sees, nor devices", async () => {
    const { current } = lab;
    const host = await current.host();
    const [open, hidden, draft] = [await current.app(), await current.app(), await current.app()];
    await grant(host, open.projectId, 1_000);
    await grant(host, hidden.projectId, 50_000);
    await grant(host, draft.projectId, 600_000);
    await current.rows("update project set suspended_reason = 'spam' where id = $1", [hidden.projectId]);
    await current.rows("update project set state = 'unpublished' where id = $1", [draft.projectId]);
    const chart = async (split: "project" | "device", isForAll: boolean) => {
      const asked = { of: { what: "user", id: host.userId }, step: "day", split, isForAll } as const;
      return (await creditOverTime(current.deps.pool, asked, current.now)).parts.map(({ id, micro }) => [id, micro]);
    };
    expect(await chart("project", true)).toEqual([
      [open.projectId, 1_000],
      [null, 650_000],
    ]);
    expect(await chart("project", false)).toHaveLength(3);
    expect(await chart("device", true)).toEqual([[null, 651_000]]);
  });
});

describe("joined identities", () => {
  test("are one in the numbers at once, and one on the leaderboard when folding has heard of it", async () => {
    const { current } = lab;
    const { pool } = current.deps;
    const { projectId } = await current.app();
    const [account, anonymous] = [await current.host(), await current.host()];
    await grant(account, projectId, 900_000_000_000);
    await grant(anonymous, projectId, 950_000_000_000);
    await current.fold();
    await joinTo(account, anonymous);
    expect(await mine(account)).toMatchObject({ totalMicro: 1_850_000_000_000, confirmedResults: 2 });
    expect((await mine(account)).projects.find(({ slug }) => slug === current.slug)?.micro).toBe(1_850_000_000_000);
    await current.fold();
    const top = await listLeaders(pool, { board: usersBoard, from: null, direction: "down", limit: 2 }, current.now);
    expect(top[0]).toMatchObject({ id: account.userId, totalMicro: 1_850_000_000_000, results: 2 });
    expect(top[1]?.id).not.toBe(anonymous.userId);
    expect((await mine(account)).rank).toBe(1);
    expect((await mine(account)).badges.map(({ family, level }) => [family, level])).toEqual([
      ["credit", 7],
      ["days", 1],
      ["projects", 1],
    ]);
  });
});

describe("a rank counted from a known place", () => {
  test("stays right when others overtake after the places were read, as far as they pass the place itself", async () => {
    const { current } = lab;
    const { pool } = current.deps;
    const { projectId } = await current.app();
    const hosts: LabHost[] = [];
    for (let index = 0; index < 12; index += 1) {
      const host = await current.host();
      hosts.push(host);
      await grant(host, projectId, 1_000 * (12 - Math.floor(index / 3)));
    }
    await current.fold();
    const board = { ...usersBoard, projectId };
    const milestones = createMilestones(pool, 5);
    for (const [index, host] of hosts.entries()) {
      const wanted = { board, ids: [host.userId], milestones: await milestones(board, current.now) };
      expect((await findPlace(pool, wanted, current.now))?.rank).toBe(index + 1);
    }
    const [last, ninth] = [hosts[11] as LabHost, hosts[8] as LabHost];
    await grant(last, projectId, 1_500);
    await current.fold();
    // Within ten minutes the old places serve: one that was overtaken since they were read is one place too good at most.
    const known = await milestones(board, current.now + 60);
    expect((await findPlace(pool, { board, ids: [last.userId], milestones: known }, current.now))?.rank).toBe(7);
    expect((await findPlace(pool, { board, ids: [ninth.userId] }, current.now))?.rank).toBe(10);
    expect((await findPlace(pool, { board, ids: hosts.map(({ userId }) => userId) }, current.now))?.id).toBe(
      hosts[0]?.userId,
    );
  });
});
