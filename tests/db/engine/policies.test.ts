import { describe, expect, test } from "vitest";
import type { Policy } from "../../../server/core/wire/app-settings.ts";
import { Refusal } from "../../../server/refusal.ts";
import { type Lab, type LabHost, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

type Settings = { policy: Policy; parameters?: object; missionCritical?: boolean };

async function workunits(settings: Settings, count: number, more: object = {}): Promise<number[]> {
  const { current } = lab;
  const { appVersionId } = await current.app({ settings: settings as never });
  return await current.submit(appVersionId, count, more);
}

/** A host claims one result of this workunit and reports this value. */
async function answer(id: number, value: number, host?: LabHost): Promise<LabHost> {
  const { current } = lab;
  const by = host ?? (await current.host());
  const [lease] = await current.claim(by);
  if (lease?.workunitId !== String(id)) throw new Error(`a result of workunit ${id} was expected`);
  await current.report(by, outputReport(lease, outputOf(value)));
  return by;
}

const stateOf = (id: number) =>
  lab.current.row(
    "select state, accepted_by, min_quorum, cardinality(confirmed_by) as confirmers from workunit where id = $1",
    [id],
  );
const validations = async (id: number) =>
  (
    await lab.current.rows<{ validation: string }>(
      "select validation from result where workunit_id = $1 and outcome = 'ok' order by number",
      [id],
    )
  ).map((row) => row.validation);

/** A host of its own with c as if it had that many valid replicated results. */
async function hostWith(engine: Lab, appVersionId: number, consecutiveValid: number): Promise<LabHost> {
  const host = await engine.host();
  await engine.deps.pool.query(
    "insert into host_app_version (host_id, app_version_id, consecutive_valid, changed_seconds) values ($1, $2, $3, $4)",
    [host.hostId, appVersionId, consecutiveValid, engine.now],
  );
  return host;
}

describe("each redundancy type, through the use cases", () => {
  test("[R000.13] full: every workunit is computed as often as its quorum says", async () => {
    const [id = 0] = await workunits({ policy: { type: "full" }, parameters: { minQuorum: 3 } }, 1);
    await answer(id, 1);
    await answer(id, 1);
    expect(await stateOf(id)).toMatchObject({ state: "open" });
    await answer(id, 2);
    expect(await stateOf(id)).toEqual({ state: "completed", accepted_by: "quorum", min_quorum: 3, confirmers: 2 });
    expect(await validations(id)).toEqual(["valid", "valid", "invalid"]);
  });

  test("[R000.21] two apps of one server each have their own policy, and a workunit may have another than its app", async () => {
    const replicated: Settings = { policy: { type: "full" }, parameters: { minQuorum: 2 } };
    const agreed: Settings = {
      policy: { type: "consensus", rule: { kind: "k_of_n", k: 3 } },
      parameters: { minQuorum: 3 },
    };
    const [first = 0] = await workunits(replicated, 1);
    for (const value of [1, 1]) await answer(first, value);
    expect(await stateOf(first)).toMatchObject({ state: "completed", accepted_by: "quorum", confirmers: 2 });
    const [second = 0] = await workunits(agreed, 1);
    for (const value of [1, 1, 1]) await answer(second, value);
    expect(await stateOf(second)).toMatchObject({ state: "completed", accepted_by: "k_of_n", confirmers: 3 });
    const [own = 0] = await workunits(replicated, 1, agreed);
    for (const value of [1, 1]) await answer(own, value);
    expect(await stateOf(own)).toMatchObject({ state: "open" });
    await answer(own, 1);
    expect(await stateOf(own)).toMatchObject({ state: "completed", accepted_by: "k_of_n", confirmers: 3 });
  });

  test("[R000.14] partial: what the tag selects is replicated, the rest is accepted alone, and a lease shows no difference", async () => {
    const { current } = lab;
    const select = { by: "tag" as const, tag: "site", equals: ["north"] };
    const policy: Policy = { type: "partial", level: 2, select };
    const { appVersionId } = await current.app({ settings: { policy, parameters: { minQuorum: 1 } } });
    const [alone = 0] = await current.submit(appVersionId, 1, { tags: { site: "south" } });
    const [twice = 0] = await current.submit(appVersionId, 1, { tags: { site: "north" } });
    const host = await current.host();
    const leases = await current.claim(host, 2);
    expect(leases.map((lease) => Number(lease.workunitId))).toEqual([alone, twice]);
    const [keysOfOne, keysOfOther] = leases.map((lease) => Object.keys(lease).sort());
    expect(keysOfOne).toEqual(keysOfOther);
    await current.report(host, ...leases.map((lease) => outputReport(lease, outputOf(1))));
    expect(await stateOf(alone)).toMatchObject({ state: "completed", accepted_by: "single" });
    expect(await stateOf(twice)).toMatchObject({ state: "open" });
    await answer(twice, 1);
    expect(await stateOf(twice)).toMatchObject({ state: "completed", accepted_by: "quorum", confirmers: 2 });
  });

  test("[R000.15] adaptive: a newcomer is replicated, a trusted host's result is accepted alone", async () => {
    const { current } = lab;
    const settings = { policy: { type: "adaptive" as const, level: 2 }, parameters: { minQuorum: 1 } };
    const { appVersionId } = await current.app({ settings });
    const [first = 0] = await current.submit(appVersionId, 1);
    await answer(first, 1);
    expect(await stateOf(first)).toMatchObject({ state: "open", min_quorum: 2 });
    await answer(first, 1);
    expect(await stateOf(first)).toMatchObject({ state: "completed", accepted_by: "quorum" });
    const [second = 0] = await current.submit(appVersionId, 1);
    const trusted = await hostWith(current, appVersionId, 1_000);
    const sure = current.with({ random: () => 0 });
    sure.slug = current.slug;
    const [lease] = await sure.claim(trusted);
    if (!lease) throw new Error("no result");
    await sure.report(trusted, outputReport(lease, outputOf(1)));
    expect(await stateOf(second)).toMatchObject({ state: "completed", accepted_by: "single", min_quorum: 1 });
    const c = await current.row("select consecutive_valid as c from host_app_version where host_id = $1", [
      trusted.hostId,
    ]);
    expect(c).toEqual({ c: 1_000 });
  });

  test("[R000.16] adaptive: what is important is replicated from the start, for trusted hosts too", async () => {
    const { current } = lab;
    const policy: Policy = { type: "adaptive", level: 3, importanceAtLeast: 5 };
    const [plain = 0, important = 0] = [
      ...(await workunits({ policy, parameters: { minQuorum: 1 } }, 1, { tags: { importance: 4 } })),
      ...(await workunits({ policy, parameters: { minQuorum: 1 } }, 1, { tags: { importance: 5 } })),
    ];
    const count = "select count(*)::int as n from result where workunit_id = $1";
    expect([await current.row(count, [plain]), await current.row(count, [important])]).toEqual([{ n: 1 }, { n: 3 }]);
    expect(await stateOf(important)).toMatchObject({ min_quorum: 3 });
  });

  test("[R000.18] consensus: the majority of all successes, however many it takes", async () => {
    const policy: Policy = { type: "consensus", rule: { kind: "majority" } };
    const [id = 0] = await workunits({ policy, parameters: { minQuorum: 3 } }, 1);
    for (const value of [1, 2, 3, 1]) await answer(id, value);
    expect(await stateOf(id)).toMatchObject({ state: "open" });
    await answer(id, 1);
    expect(await stateOf(id)).toMatchObject({ state: "completed", accepted_by: "majority", confirmers: 3 });
    expect(await validations(id)).toEqual(["valid", "invalid", "invalid", "valid", "valid"]);
  });

  test("[R000.7] consensus: k of n, and a lead of d", async () => {
    const k: Policy = { type: "consensus", rule: { kind: "k_of_n", k: 3 } };
    const [three = 0] = await workunits({ policy: k, parameters: { minQuorum: 1 } }, 1);
    for (const value of [1, 1, 2]) await answer(three, value);
    expect(await stateOf(three)).toMatchObject({ state: "open", min_quorum: 3 });
    await answer(three, 1);
    expect(await stateOf(three)).toMatchObject({ state: "completed", accepted_by: "k_of_n" });
    const d: Policy = { type: "consensus", rule: { kind: "margin", d: 2 } };
    const [margin = 0] = await workunits({ policy: d, parameters: { minQuorum: 1 } }, 1);
    for (const value of [1, 2, 1]) await answer(margin, value);
    expect(await stateOf(margin)).toMatchObject({ state: "open" });
    await answer(margin, 1);
    expect(await stateOf(margin)).toMatchObject({ state: "completed", accepted_by: "margin" });
  });

  test("[R000.36] mission-critical: only full or consensus, two or more, one per user, also where a workunit asks otherwise", async () => {
    const { current } = lab;
    const policy: Policy = { type: "full" };
    const { appVersionId } = await current.app({ settings: { policy, missionCritical: true } as never });
    const refused = async (workunit: object, sentence: RegExp) => {
      const error = await current.submit(appVersionId, 1, workunit).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Refusal);
      expect(String(error)).toMatch(sentence);
    };
    await refused({ parameters: { minQuorum: 1 } }, /min_quorum 2 or more/);
    await refused({ policy: { type: "adaptive", level: 2 } }, /replicates everything/);
    await refused({ policy: { type: "consensus", rule: { kind: "k_of_n", k: 1 } } }, /./);
    await refused({ parameters: { onePerUser: false } }, /user/);
    const [id = 0] = await current.submit(appVersionId, 1);
    const host = await answer(id, 1);
    expect(await current.claim(await current.secondHost(host))).toEqual([]);
    await answer(id, 1);
    expect(await stateOf(id)).toMatchObject({ state: "completed", accepted_by: "quorum", confirmers: 2 });
  });
});
