import { beforeAll, describe, expect, test } from "vitest";
import { auditWorkunit } from "../../server/audit/audit-workunit.ts";
import type { AppSettings } from "../../server/core/wire/app-settings.ts";
import { getMyCredit } from "../../server/credit/get-my-credit.ts";
import { type Evidence, explainWorkunits } from "../../server/evidence/explain-workunits.ts";
import { getWorkunitStory } from "../../server/evidence/get-workunit-story.ts";
import { type AppCost, getCost } from "../../server/project/get-cost.ts";
import { measureNow } from "../../server/status/get-status.ts";
import { cancelWorkunits } from "../../server/workunit/settle-workunits.ts";
import { type AppOptions, type Lab, type LabHost, outputOf, outputReport, T0, withLab } from "./engine/lab.ts";

/** Random histories of every policy, and what is said about them afterwards: evidence, counters, cost. */

const lab = withLab();

/** Per policy. */
const WORKUNITS = process.env["QUORATE_TEST_SIZE"] === "full" ? 300 : 24;

const POLICIES: Record<string, { policy: AppSettings["policy"]; minQuorum: number }> = {
  full: { policy: { type: "full" }, minQuorum: 2 },
  full3: { policy: { type: "full" }, minQuorum: 3 },
  single: { policy: { type: "full" }, minQuorum: 1 },
  partial: { policy: { type: "partial", level: 2, select: { by: "rate", rate: 0.5 } }, minQuorum: 1 },
  adaptive: { policy: { type: "adaptive", level: 2 }, minQuorum: 1 },
  majority: { policy: { type: "consensus", rule: { kind: "majority" } }, minQuorum: 3 },
  margin: { policy: { type: "consensus", rule: { kind: "margin", d: 2 } }, minQuorum: 2 },
  tolerant: { policy: { type: "full" }, minQuorum: 2 },
};

const TOLERANT: AppOptions["manifest"] = {
  exactness: "tolerant",
  comparator: { type: "tolerant", absolute: 0.5 },
};

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Hosts of whom some err, lie, vanish or are late, until everything has ended. */
async function live(engine: Lab, appVersionId: number, count: number, draw: () => number): Promise<number[]> {
  const ids = await engine.submit(appVersionId, count, {
    parameters: { maxTotalResults: 6, maxErrorResults: 2, delayBoundSeconds: 5_000 },
  });
  const hosts: LabHost[] = [];
  for (let index = 0; index < 8; index += 1) hosts.push(await engine.host());
  await cancelWorkunits(engine.deps, ids.slice(0, 1), engine.now);
  for (let round = 0; round < 8; round += 1) {
    for (const host of hosts) {
      for (const lease of await engine.claim(host, 2)) {
        const what = draw();
        if (what < 0.1) continue;
        if (what < 0.3) {
          await engine.report(host, {
            kind: "error",
            resultId: lease.resultId,
            leaseToken: lease.leaseToken,
            code: "trapped",
            message: "it trapped",
          });
        } else await engine.report(host, outputReport(lease, outputOf(what < 0.45 ? Math.floor(draw() * 3) + 1 : 0)));
        engine.now += Math.floor(draw() * 40);
      }
    }
    engine.now += 700;
    await engine.sweep();
    const { open } = await engine.row<{ open: number }>(
      "select count(*)::int as open from workunit where id = any($1) and state = 'open'",
      [ids],
    );
    if (open === 0) break;
  }
  // What is still out is over by now.
  engine.now += 6_000;
  await engine.sweep();
  return ids;
}

const projects = new Map<string, { slug: string; ids: number[] }>();
let liar: LabHost;
let recalled = 0;

beforeAll(async () => {
  const { current } = lab;
  const draw = seeded(7);
  for (const [name, { policy, minQuorum }] of Object.entries(POLICIES)) {
    const manifest = name === "tolerant" ? TOLERANT : undefined;
    const { appVersionId, slug } = await current.app({
      settings: { policy, parameters: { minQuorum } },
      ...(manifest && { manifest }),
    });
    projects.set(name, { slug, ids: await live(current, appVersionId, WORKUNITS, draw) });
  }
  // And one that was accepted alone and contradicted afterwards.
  const { appVersionId, slug } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
  projects.set("recalled", { slug, ids: [] });
  [recalled = 0] = await current.submit(appVersionId, 1);
  liar = await current.host();
  for (const lease of await current.claim(liar)) await current.report(liar, outputReport(lease, outputOf(9)));
  await auditWorkunit(current.deps, recalled, current.now);
  for (let index = 0; index < 2; index += 1) {
    const host = await current.host();
    for (const lease of await current.claim(host)) await current.report(host, outputReport(lease, outputOf(1)));
  }
  await current.sweep();
  await current.sweep();
}, 240_000);

type Raw = {
  id: number;
  workunit_id: number;
  number: number;
  outcome: string | null;
  validation: string;
  output_sha256: string | null;
  user_id: number | null;
  reported_seconds: number | null;
};

async function rawOf(ids: readonly number[]): Promise<Map<number, Raw[]>> {
  const rows = await lab.current.rows<Raw>(
    "select id, workunit_id, number, outcome, validation, output_sha256, user_id, reported_seconds from result where workunit_id = any($1) order by number",
    [ids],
  );
  return Map.groupBy(rows, (row) => row.workunit_id);
}

describe("evidence", () => {
  test("[R000.26] every accepted workunit of random histories names what confirmed it", async () => {
    const { current } = lab;
    const completed = await current.rows<{ id: number }>("select id from workunit where state = 'completed'");
    const ids = completed.map((row) => row.id);
    expect(ids.length).toBeGreaterThan(50);
    const evidence = await explainWorkunits(current.deps.pool, ids);
    const raw = await rawOf(ids);
    expect(evidence).toHaveLength(ids.length);
    const rules = new Set<string>();
    for (const { workunitId, acceptance, failure, comparisons } of evidence) {
      if (acceptance === null) throw new Error(`workunit ${workunitId} is not explained`);
      expect(failure).toBeNull();
      const { rule, confirmedBy, minQuorum, canonicalNumber, comparator, agreedLater } = acceptance;
      rules.add(rule);
      const results = new Map((raw.get(workunitId) ?? []).map((row) => [row.number, row]));
      expect(confirmedBy.map((one) => one.number)).toContain(canonicalNumber);
      expect(new Set(confirmedBy.map((one) => one.userId)).size).toBe(confirmedBy.length);
      for (const one of [...confirmedBy, ...agreedLater]) {
        expect(results.get(one.number)).toMatchObject({
          validation: "valid",
          user_id: one.userId,
          output_sha256: one.outputSha256,
          reported_seconds: one.reportedSeconds,
        });
        if (comparator === "exact") expect(one.outputSha256).toBe(acceptance.canonicalSha256);
      }
      // Nobody who agreed is left out.
      const valid = [...results.values()].filter((row) => row.validation === "valid").map((row) => row.number);
      expect([...confirmedBy, ...agreedLater].map((one) => one.number).sort()).toEqual(valid.sort());
      if (rule === "single") expect([minQuorum, confirmedBy.length]).toEqual([1, 1]);
      if (rule === "quorum") expect(confirmedBy.length).toBeGreaterThanOrEqual(Math.floor(minQuorum / 2) + 1);
      if (comparator === "tolerant" && confirmedBy.length > 1) {
        const agreeing = comparisons.filter((comparison) => comparison.agree);
        expect(agreeing.length).toBeGreaterThan(0);
        for (const { reason, decidedSeconds } of agreeing) expect([reason, decidedSeconds]).not.toContain(null);
      }
    }
    expect([...rules].sort()).toEqual(["majority", "margin", "quorum", "single"]);
  });

  test("[R000.26] every failed workunit says why", async () => {
    const { current } = lab;
    const failed = await current.rows<{ id: number; errors: string[] }>(
      "select id, errors from workunit where state = 'failed'",
    );
    expect(failed.length).toBeGreaterThan(10);
    const evidence = new Map(
      (
        await explainWorkunits(
          current.deps.pool,
          failed.map((row) => row.id),
        )
      ).map((one): [number, Evidence] => [one.workunitId, one]),
    );
    const raw = await rawOf(failed.map((row) => row.id));
    const seen = new Set<string>();
    for (const { id, errors } of failed) {
      const { failure, acceptance } = evidence.get(id) ?? { failure: null, acceptance: null };
      if (failure === null) throw new Error(`workunit ${id} is not explained`);
      expect(acceptance).toBeNull();
      expect(failure.errors).toEqual(errors);
      for (const error of errors) seen.add(error);
      const results = raw.get(id) ?? [];
      const outcomes = Object.fromEntries(
        [...Map.groupBy(results, (row) => row.outcome ?? "")].map(([key, rows]) => [key, rows.length]),
      );
      expect(failure.outcomes).toEqual(outcomes);
      if (errors.includes("too_many_errors")) {
        expect((failure.outcomes["err"] ?? 0) + (failure.outcomes["valerr"] ?? 0)).toBeGreaterThan(
          failure.maxErrorResults,
        );
        expect(failure.errorCodes).toMatchObject({ trapped: expect.any(Number) });
      }
    }
    expect(seen).toContain("cancelled");
    expect(seen).toContain("too_many_errors");
  });

  test("[R000.26] the page of each workunit is told the same, and of a recalled one what contradicted it", async () => {
    const { current } = lab;
    for (const name of Object.keys(POLICIES)) {
      const { ids } = projects.get(name) ?? { ids: [] };
      const story = await getWorkunitStory(current.deps.pool, String(ids.at(-1)));
      if (!story) throw new Error("no story");
      expect(story.settled).toBe(true);
      expect(story.state === "completed" ? story.evidence?.accepted : story.evidence?.failure).not.toBeNull();
    }
    const story = await getWorkunitStory(current.deps.pool, String(recalled));
    expect(story?.recalledSeconds).not.toBeNull();
    const audit = story?.audits[0];
    expect(audit).toMatchObject({ cause: "operator", outcome: "recalled", reason: "other bytes" });
    expect(story?.results[0]).toMatchObject({ creditMicro: 1_500_000, takenBackSeconds: audit?.decidedSeconds });
    const other = await getWorkunitStory(current.deps.pool, String(audit?.workunitId));
    expect(other?.auditOf).toMatchObject({ workunitId: recalled });
  });

  test("credit that was taken back is an entry of its own, with what contradicted it", async () => {
    const { current } = lab;
    const credit = await getMyCredit(current.deps.pool, String(liar.userId), current.now);
    expect(credit).toMatchObject({ totalMicro: 0, confirmedResults: 0 });
    expect(credit.takenBack).toMatchObject([{ workunitId: recalled, micro: -1_500_000, auditId: expect.any(Number) }]);
  });

  test("an audit under way is told to nobody", async () => {
    const { current } = lab;
    const { ids } = projects.get("single") ?? { ids: [] };
    const done = await current.row<{ id: number }>(
      "select id from workunit where id = any($1) and state = 'completed' limit 1",
      [ids],
    );
    const { auditWorkunitId } = await auditWorkunit(current.deps, done.id, current.now);
    expect((await getWorkunitStory(current.deps.pool, String(done.id)))?.audits).toEqual([]);
    const original = await getWorkunitStory(current.deps.pool, String(done.id));
    const audit = await getWorkunitStory(current.deps.pool, String(auditWorkunitId));
    expect(audit).toMatchObject({
      auditOf: null,
      name: original?.name,
      batchName: original?.batchName,
      policy: original?.policy,
    });
    await cancelWorkunits(current.deps, [auditWorkunitId], current.now);
    await current.sweep();
  });
});

test("[R000.27] nothing that could not be resolved is dropped: every counter of it equals the failed workunits", async () => {
  const { current } = lab;
  const { failed } = await current.row<{ failed: number }>(
    "select count(*)::int as failed from workunit where state = 'failed'",
  );
  expect(failed).toBeGreaterThan(0);
  const told = await current.row(
    "select count(*)::int as n from assimilated_result where not succeeded and cardinality(errors) > 0",
  );
  const counted = await current.row("select sum(n_failed)::int as n from batch");
  const { site } = await measureNow(current.deps.pool, current.now);
  expect([told, counted, site.workunitsFailed, site.backlog]).toEqual([{ n: failed }, { n: failed }, failed, 0]);
});

describe("cost from raw rows", () => {
  type Row = {
    id: number;
    policy: string;
    state: string;
    ended: number;
    outcome: string | null;
    validation: string | null;
    reported: number | null;
    original: number | null;
  };

  /** The same numbers by plain loops. */
  function costOf(rows: readonly Row[]): Omit<AppCost, "app" | "policy"> {
    const workunits = [...Map.groupBy(rows, (row) => row.id).values()];
    const plain = workunits.filter(([first]) => first?.original === null);
    const accepted = plain.filter(([first]) => first?.state === "completed");
    const executions = rows.filter((row) => ["ok", "err", "valerr"].includes(row.outcome ?? "")).length;
    const judged = rows.filter((row) => row.outcome === "ok" && ["valid", "invalid"].includes(row.validation ?? ""));
    const latencies = accepted
      .map((results) => {
        const reports = results.flatMap((row) => (row.outcome === "ok" && row.reported !== null ? [row.reported] : []));
        return (results[0]?.ended ?? 0) - Math.min(...reports);
      })
      .sort((a, b) => a - b);
    const percentile = (share: number) => {
      const at = share * (latencies.length - 1);
      const [low = 0, high = low] = [latencies[Math.floor(at)], latencies[Math.ceil(at)]];
      return low + (high - low) * (at - Math.floor(at));
    };
    return {
      accepted: accepted.length,
      failed: plain.length - accepted.length,
      redundancyFactor: accepted.length === 0 ? null : executions / accepted.length,
      disagreementRate:
        judged.length === 0 ? null : judged.filter((row) => row.validation === "invalid").length / judged.length,
      latencyP50Seconds: accepted.length === 0 ? null : percentile(0.5),
      latencyP95Seconds: accepted.length === 0 ? null : percentile(0.95),
    };
  }

  test.each(Object.keys(POLICIES))(
    "[R000.28] [R000.29] of %s: redundancy, disagreement and latency are those of the rows",
    async (name) => {
      const { current } = lab;
      const { slug } = projects.get(name) ?? { slug: "" };
      const rows = await current.rows<Row>(
        `select w.id, w.policy->>'type' as policy, w.state, w.ended_seconds as ended, r.outcome, r.validation, r.reported_seconds as reported,
              (select x.original_id from audit x where x.workunit_id = w.id) as original
         from workunit w left join result r on r.workunit_id = w.id join app_version v on v.id = w.app_version_id
         join app a on a.id = v.app_id join project p on p.id = a.project_id where p.slug = $1 and w.state <> 'open'`,
        [slug],
      );
      const [cost, ...more] = await getCost(current.deps.pool, slug, current.now, current.now - T0 + 1);
      expect(more).toEqual([]);
      const should = costOf(rows);
      expect(cost).toMatchObject({ accepted: should.accepted, failed: should.failed });
      for (const key of ["redundancyFactor", "disagreementRate", "latencyP50Seconds", "latencyP95Seconds"] as const) {
        expect(cost?.[key]).toBeCloseTo(should[key] ?? Number.NaN, 9);
      }
      // Quorums cost what they are: two of two is at least two executions for each.
      const { minQuorum } = POLICIES[name] ?? { minQuorum: 0 };
      expect(cost?.redundancyFactor).toBeGreaterThanOrEqual(Math.floor(minQuorum / 2) + 1);
    },
  );

  test("[R000.28] an audit is no further result, and what it took is a cost of the workunit that it checks", async () => {
    const { current } = lab;
    const { slug } = projects.get("recalled") ?? { slug: "" };
    const costs = await getCost(current.deps.pool, slug, current.now, current.now - T0 + 1);
    expect(costs).toMatchObject([{ policy: "full", accepted: 1, failed: 0, redundancyFactor: 3 }]);
  });

  test("[R000.30] more replicas cost more, and workunits that ended before the window do not count", async () => {
    const { current } = lab;
    const factor = async (name: string) =>
      (await getCost(current.deps.pool, projects.get(name)?.slug ?? "", current.now, current.now - T0 + 1))[0]
        ?.redundancyFactor ?? 0;
    expect(await factor("single")).toBeLessThan(await factor("full"));
    expect(await factor("full")).toBeLessThan(await factor("full3"));
    expect(await getCost(current.deps.pool, projects.get("full")?.slug ?? "", current.now + 1_000_000, 10)).toEqual([]);
  });
});
