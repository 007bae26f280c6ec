import { beforeAll, describe, expect, test } from "vitest";
import type { Policy } from "../../../server/core/wire/app-settings.ts";
import { advanceDue } from "../../../server/sweeper/advance-due.ts";
import { type Lab, type LabHost, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

/** Longer than a measurement of the pool serves, shorter than its window. */
const MEASURED_ANEW = 60;
const WINDOW_OVER = 3_700;

type Adaptive = Omit<Extract<Policy, { type: "adaptive" }>, "type" | "level">;

async function adaptiveApp(engine: Lab, conditions: Adaptive, parameters: object = {}): Promise<number> {
  const policy: Policy = { type: "adaptive", level: 2, ...conditions };
  const settings = { policy, parameters: { minQuorum: 1, leaseSeconds: 0, ...parameters } };
  return (await engine.app({ settings: settings as never })).appVersionId;
}

/** A host that every draw trusts. */
async function trustedHost(engine: Lab, appVersionId: number): Promise<LabHost> {
  const host = await engine.host();
  await engine.deps.pool.query(
    "insert into host_app_version (host_id, app_version_id, consecutive_valid, changed_seconds) values ($1, $2, 1000, $3)",
    [host.hostId, appVersionId, engine.now],
  );
  return host;
}

/** The quorum of the workunit that a trusted host begins now. */
async function quorumForTrusted(engine: Lab, appVersionId: number): Promise<number> {
  // One that lacks a result, where there is one, goes before the one that nobody has begun.
  const lease = (await engine.claim(await trustedHost(engine, appVersionId), 2)).at(-1);
  if (!lease) throw new Error("no result");
  const row = await engine.row<{ q: number }>("select min_quorum as q from workunit where id = $1", [lease.workunitId]);
  return row.q;
}

/** Two newcomers who do not agree on a workunit. */
async function disagree(engine: Lab): Promise<void> {
  const first = await engine.host();
  const [one] = await engine.claim(first);
  if (!one) throw new Error("no result");
  await engine.report(first, outputReport(one, outputOf(1)));
  for (;;) {
    const second = await engine.host();
    const [two] = await engine.claim(second);
    if (!two) throw new Error("no second result");
    if (two.workunitId !== one.workunitId) continue;
    await engine.report(second, outputReport(two, outputOf(2)));
    return;
  }
}

let engine: Lab;
beforeAll(() => {
  engine = lab.current.with({ random: () => 0 });
});

describe("[R000.17] what the pool does raises replication, and lets it fall again", () => {
  test("S41 disagreement: trusted hosts are replicated while it is above the policy's, for an hour", async () => {
    const appVersionId = await adaptiveApp(engine, { disagreementAbove: 0.2 });
    await engine.submit(appVersionId, 20);
    expect(await quorumForTrusted(engine, appVersionId)).toBe(1);
    await disagree(engine);
    engine.now += MEASURED_ANEW;
    expect(await quorumForTrusted(engine, appVersionId)).toBe(2);
    engine.now += WINDOW_OVER;
    expect(await quorumForTrusted(engine, appVersionId)).toBe(1);
  });

  test("S41 what agrees brings the rate down again within the hour", async () => {
    const appVersionId = await adaptiveApp(engine, { disagreementAbove: 0.4 });
    await engine.submit(appVersionId, 30);
    await disagree(engine);
    engine.now += MEASURED_ANEW;
    expect(await quorumForTrusted(engine, appVersionId)).toBe(2);
    for (let count = 0; count < 8; count += 1) {
      const [a, b] = [await engine.host(), await engine.host()];
      for (const host of [a, b]) {
        const leases = await engine.claim(host, 2);
        await engine.report(host, ...leases.map((lease) => outputReport(lease, outputOf(7))));
      }
    }
    const { rate } = await engine.row<{ rate: number }>(
      `select (count(*) filter (where validation in ('invalid', 'inconclusive')))::float8
            / count(*) filter (where validation in ('valid', 'invalid', 'inconclusive')) as rate
         from result where app_version_id = $1`,
      [appVersionId],
    );
    expect(rate).toBeLessThan(0.4);
    engine.now += MEASURED_ANEW;
    expect(await quorumForTrusted(engine, appVersionId)).toBe(1);
  });

  test("S41 backlog: nothing is raised while more waits than the policy allows, and again when less does", async () => {
    const appVersionId = await adaptiveApp(engine, { disagreementAbove: 0.2, backlogAbove: 25 });
    await engine.submit(appVersionId, 5);
    await disagree(engine);
    const many = await engine.submit(appVersionId, 40);
    engine.now += MEASURED_ANEW;
    expect(await quorumForTrusted(engine, appVersionId)).toBe(1);
    await engine.claim(await trustedHost(engine, appVersionId), 30);
    engine.now += MEASURED_ANEW;
    expect(await quorumForTrusted(engine, appVersionId)).toBe(2);
    expect(many).toHaveLength(40);
  });

  test("S42 deadline pressure: what is nearly due is replicated ahead, what came in time is not", async () => {
    const limits = { delayBoundSeconds: 1_000, graceSeconds: 0 };
    const appVersionId = await adaptiveApp(engine, { deadlinePressureBelow: 0.25 }, limits);
    const [slow = 0, quick = 0] = await engine.submit(appVersionId, 2);
    const [a, b] = [await trustedHost(engine, appVersionId), await trustedHost(engine, appVersionId)];
    const [[ofSlow], [ofQuick]] = [await engine.claim(a), await engine.claim(b)];
    expect([ofSlow?.workunitId, ofQuick?.workunitId]).toEqual([String(slow), String(quick)]);
    const count = async (id: number) =>
      (await engine.row<{ n: number }>("select count(*)::int as n from result where workunit_id = $1", [id])).n;
    engine.now += 750;
    await advanceDue(engine.deps, engine.now);
    expect([await count(slow), await count(quick)]).toEqual([1, 1]);
    if (!ofQuick) throw new Error("no result");
    await engine.report(b, outputReport(ofQuick, outputOf(1)));
    engine.now += 1;
    await advanceDue(engine.deps, engine.now);
    expect([await count(slow), await count(quick)]).toEqual([2, 1]);
    // Once: the replica that is ahead is enough.
    engine.now += 10;
    await advanceDue(engine.deps, engine.now);
    expect(await count(slow)).toBe(2);
  });
});
