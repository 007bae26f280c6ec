import { describe, expect, test } from "vitest";
import { comparePolicies, comparisonTable, USUAL_POLICIES } from "../../../server/core/simulator/compare-policies.ts";
import { EventQueue } from "../../../server/core/simulator/event-queue.ts";
import type { Behaviour } from "../../../server/core/simulator/hosts.ts";
import { randomSource } from "../../../server/core/simulator/random.ts";
import { type SimulationConfig, simulate } from "../../../server/core/simulator/simulate.ts";
import type { Policy } from "../../../server/core/wire/app-settings.ts";

const full = process.env["QUORATE_TEST_SIZE"] === "full";
const QUORUM_2 = { policy: { type: "full" } as Policy, parameters: { minQuorum: 2 } };
const SINGLE = { policy: { type: "full" } as Policy, parameters: { minQuorum: 1 } };

/** `bad` hosts of a hundred behave like this, the others are honest. */
function run(bad: number, behaviour: Behaviour, more: Partial<SimulationConfig> & { policy: Policy }) {
  const hosts = [
    { behaviour: { kind: "honest" } as const, count: 100 - bad },
    { behaviour, count: bad },
  ];
  const report = simulate({ seed: 11, workunits: 2000, hosts, ...more });
  expect(report.violations).toEqual([]);
  expect(report.completed + report.failed + report.unfinished).toBe(more.workunits ?? 2000);
  return report;
}

describe("simulator", () => {
  test("the same seed gives the same report, another seed another", () => {
    const config = { policy: { type: "adaptive", level: 2 } as Policy, workunits: 300 };
    const liar: Behaviour = { kind: "lying", rate: 0.5 };
    expect(run(10, liar, config)).toEqual(run(10, liar, config));
    expect(run(10, liar, { ...config, seed: 12 })).not.toEqual(run(10, liar, config));
  });

  test("[R000.28] honest hosts: exactly one, two, three executions per workunit", () => {
    const factor = (minQuorum: number) =>
      run(0, { kind: "honest" }, { ...SINGLE, parameters: { minQuorum } }).redundancyFactor;
    expect([factor(1), factor(2), factor(3)]).toEqual([1, 2, 3]);
  });

  test("[R000.13] [R000.24] full redundancy: lone liars are never accepted, and cost replicas", () => {
    const report = run(20, { kind: "lying", rate: 0.5 }, QUORUM_2);
    expect([report.acceptedWrong, report.completed]).toEqual([0, 2000]);
    expect(report.redundancyFactor).toBeGreaterThan(2.1);
  });

  test("without redundancy they are, at the rate at which they lie", () => {
    const { acceptedErrorRate } = run(20, { kind: "lying", rate: 0.5 }, SINGLE);
    expect(Math.abs(acceptedErrorRate - 0.1)).toBeLessThan(0.04);
  });

  test("[R000.24] two who agree on a lie can fill a quorum of two: the rate shows it plainly, and a higher quorum lowers it", () => {
    const colluding: Behaviour = { kind: "colluding", rate: 1 };
    const two = run(10, colluding, QUORUM_2).acceptedErrorRate;
    expect(two).toBeGreaterThan(0.002);
    expect(two).toBeLessThan(0.05);
    const three = run(10, colluding, { policy: { type: "consensus", rule: { kind: "k_of_n", k: 4 } } });
    expect(three.acceptedErrorRate).toBeLessThan(two / 2);
  });

  test.each<[string, number, Behaviour]>([
    ["vanish", 50, { kind: "gone", rate: 0.3 }],
    ["are slow", 50, { kind: "slow", factor: 20 }],
    ["crash", 50, { kind: "crashing", rate: 0.3 }],
  ])("[R000.22] hosts that %s never block a workunit", (_title, bad, behaviour) => {
    const patient = { ...QUORUM_2, parameters: { minQuorum: 2, maxErrorResults: 20, maxTotalResults: 30 } };
    expect(run(bad, behaviour, patient)).toMatchObject({ completed: 2000, failed: 0, unfinished: 0 });
  });

  test("[R000.23] honest hardware with 1 % random errors: rejected one by one, redundancy stays bounded", () => {
    const report = run(100, { kind: "erring", rate: 0.01 }, QUORUM_2);
    expect([report.completed, report.acceptedWrong]).toEqual([2000, 0]);
    expect(report.redundancyFactor).toBeLessThan(2.05);
  });

  test("[R000.15] adaptive: proven hosts compute mostly alone", () => {
    const adaptive: Policy = { type: "adaptive", level: 2 };
    const short = run(0, { kind: "honest" }, { policy: adaptive, workunits: 300 }).redundancyFactor;
    const long = run(0, { kind: "honest" }, { policy: adaptive, workunits: 20_000 }).redundancyFactor;
    expect(short).toBeGreaterThan(1.9);
    expect(long).toBeLessThan(1.2);
  });

  test("[R000.15] adaptive: who lies often is rarely trusted, so far less of it is accepted than without replicas", () => {
    const lying: Behaviour = { kind: "lying", rate: 0.3 };
    const adaptive = run(10, lying, { policy: { type: "adaptive", level: 2 }, workunits: 5000 });
    const single = run(10, lying, { ...SINGLE, workunits: 5000 });
    expect(single.acceptedErrorRate).toBeGreaterThan(0.02);
    expect(adaptive.acceptedErrorRate).toBeLessThan(single.acceptedErrorRate / 4);
    expect(adaptive.redundancyFactor).toBeLessThan(1.6);
  });

  test("[R000.19] [R000.20] verified and hybrid accept nothing wrong, whoever colludes", () => {
    const colluding: Behaviour = { kind: "colluding", rate: 0.5 };
    expect(run(30, colluding, { policy: { type: "verified" } }).acceptedWrong).toBe(0);
    expect(run(30, colluding, { policy: { type: "hybrid", level: 2, sampleRate: 0.1 } }).acceptedWrong).toBe(0);
  });

  test("[R000.27] what cannot be agreed on fails at the cap and is counted", () => {
    const report = run(
      100,
      { kind: "lying", rate: 1 },
      { ...QUORUM_2, workunits: 50, parameters: { minQuorum: 2, maxTotalResults: 5 } },
    );
    expect([report.completed, report.failed]).toEqual([0, 50]);
  });

  test("too few users for a quorum: unfinished, and it says so", () => {
    const hosts = [{ behaviour: { kind: "honest" } as const, count: 1 }];
    expect(simulate({ seed: 1, workunits: 3, hosts, ...QUORUM_2 })).toMatchObject({ completed: 0, unfinished: 3 });
  });

  test("[R000.28] the comparison of policies, one line each", () => {
    const hosts = [
      { behaviour: { kind: "honest" } as const, count: 50 },
      { behaviour: { kind: "colluding", rate: 0.5 } as const, count: 5 },
      { behaviour: { kind: "gone", rate: 0.1 } as const, count: 5 },
    ];
    const compared = comparePolicies({ seed: 3, workunits: 400, hosts });
    for (const { name, violations } of compared) expect(violations, name).toEqual([]);
    const lines = comparisonTable(compared).split("\n");
    expect(lines.length).toBe(1 + USUAL_POLICIES.length);
    expect(lines[2]).toMatch(/^full, quorum 2 +\d\.\d\de-?\d+ +2\.\d{3} +0 +0$/);
  });

  const thousands = full ? 100 : 1;
  test(`${thousands} 000 hosts of all kinds and ${3 * thousands} 000 workunits, every invariant after every event`, () => {
    const report = simulate({
      seed: 5,
      workunits: 3000 * thousands,
      hosts: [
        { behaviour: { kind: "honest" }, count: 800 * thousands },
        { behaviour: { kind: "slow", factor: 10 }, count: 80 * thousands },
        { behaviour: { kind: "gone", rate: 0.2 }, count: 50 * thousands },
        { behaviour: { kind: "erring", rate: 0.01 }, count: 50 * thousands },
        { behaviour: { kind: "lying", rate: 0.5 }, count: 10 * thousands },
        { behaviour: { kind: "colluding", rate: 0.3 }, count: 10 * thousands },
      ],
      ...QUORUM_2,
    });
    expect(report).toMatchObject({ violations: [], failed: 0, unfinished: 0 });
    expect(report.acceptedErrorRate).toBeLessThan(1e-3);
  }, 600_000);
});

test("events come in order of time, and in the order they were added within a second", () => {
  const random = randomSource(1);
  const queue = new EventQueue<number>();
  const times = Array.from({ length: 2000 }, () => Math.floor(random() * 300));
  times.forEach((seconds, order) => {
    queue.add(seconds, order);
  });
  const expected = times
    .map((seconds, order) => ({ seconds, event: order }))
    .sort((a, b) => a.seconds - b.seconds || a.event - b.event);
  const taken = Array.from(times, () => queue.next()).map((next) => ({ seconds: next?.seconds, event: next?.event }));
  expect(taken).toEqual(expected);
  expect(queue.next()).toBeUndefined();
});
