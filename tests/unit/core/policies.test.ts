import { describe, expect, test } from "vitest";
import { withVerification } from "../../../server/core/replication/apply.ts";
import { planWorkunit } from "../../../server/core/replication/create.ts";
import { randomSource } from "../../../server/core/simulator/random.ts";
import { DRAW_AUDIT, DRAW_TRUST } from "../../../server/core/trust/draw.ts";
import type { Policy } from "../../../server/core/wire/app-settings.ts";
import { World } from "./world.ts";

const HOSTS = "A B C D E F G H I J";

/** Sends to as many hosts as there are letters and reports one output each; the world afterwards. */
function play(policy: Policy, outputs: string, options: { minQuorum?: number; maxTotalResults?: number } = {}): World {
  const world = new World({ hosts: HOSTS, policy, maxSuccessResults: 0, ...options });
  report(world, outputs);
  return world;
}

function report(world: World, outputs: string): void {
  const names = HOSTS.split(" ");
  for (const output of outputs) {
    const name = names[world.state.results.filter((result) => result.state !== "unsent").length] ?? "";
    const number = world.send(name);
    if (number === null) throw new Error(`nothing left for ${name}`);
    world.report(name, number, output);
  }
}

const consensus = (rule: Extract<Policy, { type: "consensus" }>["rule"]): Policy => ({ type: "consensus", rule });

describe("[R000.7] three rules, the same outputs, three decisions", () => {
  const outputs = "xyxx";
  test("S43 two of three: the first of two that agree", () => {
    const world = play(consensus({ kind: "k_of_n", k: 2 }), outputs.slice(0, 3), { minQuorum: 3 });
    expect([world.canon(), world.shown(1)]).toEqual([0, "OVER/ok/INVALID"]);
  });
  test("S44 a majority of four", () => {
    const world = play(consensus({ kind: "majority" }), outputs, { minQuorum: 4 });
    expect(world.canon()).toBe(0);
  });
  test("S45 a margin of three is not there yet", () => {
    const world = play(consensus({ kind: "margin", d: 3 }), outputs);
    expect([world.canon(), world.workunit.targetNResults]).toEqual([null, 5]);
  });
});

describe("consensus", () => {
  test("[R003.12] S43 k = 3: two agreeing are not enough, three are; the quorum is raised to k", () => {
    const world = play(consensus({ kind: "k_of_n", k: 3 }), "xyx");
    expect([world.workunit.minQuorum, world.canon(), world.workunit.targetNResults]).toEqual([3, null, 4]);
    report(world, "x");
    expect(world.canon()).toBe(0);
  });

  test("S43 k out of reach is too_many_total", () => {
    expect(play(consensus({ kind: "k_of_n", k: 3 }), "xyz", { maxTotalResults: 5 }).errors()).toBe("");
    expect(play(consensus({ kind: "k_of_n", k: 3 }), "xyz", { maxTotalResults: 4 }).errors()).toBe("too_many_total");
  });

  test("[R000.18] S44 half is no majority, one more is", () => {
    const world = play(consensus({ kind: "majority" }), "xyxz", { minQuorum: 4 });
    expect(world.canon()).toBeNull();
    report(world, "x");
    expect(world.canon()).toBe(0);
  });

  test("[R000.18] S44 malformed outputs do not count", () => {
    const world = new World({ hosts: HOSTS, policy: consensus({ kind: "majority" }), minQuorum: 2 });
    world.send("A");
    world.malformed("A", 0);
    world.send("B");
    world.send("C");
    world.report("B", 1, "x");
    world.report("C", 2, "x");
    expect(world.canon()).toBe(1);
  });

  test("S44 a majority out of reach is too_many_total, one still within reach is not", () => {
    expect(play(consensus({ kind: "majority" }), "vwyz", { minQuorum: 4, maxTotalResults: 6 }).errors()).toBe(
      "too_many_total",
    );
    expect(play(consensus({ kind: "majority" }), "vwyz", { minQuorum: 4, maxTotalResults: 7 }).errors()).toBe("");
  });

  test("S45 iterative redundancy: the target rises by what the lead lacks", () => {
    const world = play(consensus({ kind: "margin", d: 2 }), "xy");
    expect([world.workunit.minQuorum, world.workunit.targetNResults, world.state.results.length]).toEqual([2, 4, 4]);
    report(world, "x");
    expect(world.canon()).toBeNull();
    report(world, "x");
    expect(world.canon()).toBe(0);
  });

  test("S45 a lead that cannot be reached any more is too_many_total", () => {
    expect(play(consensus({ kind: "margin", d: 2 }), "xyzx", { maxTotalResults: 5 }).errors()).toBe("");
    expect(play(consensus({ kind: "margin", d: 2 }), "xyxy", { maxTotalResults: 5 }).errors()).toBe("too_many_total");
  });

  test("S43 S44 S45 the rule that confirmed is told, with who confirmed", () => {
    const rules = [
      play(consensus({ kind: "k_of_n", k: 2 }), "xx"),
      play(consensus({ kind: "majority" }), "xx", { minQuorum: 2 }),
      play(consensus({ kind: "margin", d: 2 }), "xx"),
      play({ type: "full" }, "yxx", { minQuorum: 3 }),
      play({ type: "full" }, "x", { minQuorum: 1 }),
    ].map((world) =>
      world.log.flatMap((action) => (action.type === "complete" ? [`${action.rule} ${action.confirmedBy}`] : [])),
    );
    expect(rules.flat()).toEqual([
      "k_of_n 1.0,1.1",
      "majority 1.0,1.1",
      "margin 1.0,1.1",
      "quorum 1.1,1.2",
      "single 1.0",
    ]);
  });
});

const NUMBERS = { minQuorum: 1, targetNResults: undefined, maxTotalResults: 10, randomExtraResults: undefined };
const partial = (select: Extract<Policy, { type: "partial" }>["select"]): Policy => ({
  type: "partial",
  level: 2,
  select,
});
const plan = (
  policy: Policy,
  draw: number,
  selection = { name: "w", tags: {} as Record<string, unknown> },
  more = {},
) => planWorkunit({ ...NUMBERS, ...more }, policy, selection, { select: draw, extra: draw });

describe("partial", () => {
  test("[R000.14] S46 a rate of 0.2 over 10 000 workunits selects 2000, give or take four standard deviations", () => {
    const random = randomSource(20_250_101);
    const plans = Array.from({ length: 10_000 }, () => plan(partial({ by: "rate", rate: 0.2 }), random()));
    const selected = plans.filter((one) => one.minQuorum === 2 && one.targetNResults === 2).length;
    expect(plans.filter((one) => one.minQuorum === 1 && one.targetNResults === 1).length).toBe(10_000 - selected);
    expect(Math.abs(selected - 2000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.2 * 0.8));
  });

  test.each([
    ["rate 0 never", 0, DRAW_AUDIT, 1],
    ["rate 1 always", 1, DRAW_TRUST, 2],
    ["the audit branch", 0.001, DRAW_AUDIT, 2],
    ["the trust branch", 0.999, DRAW_TRUST, 1],
  ])("S46 %s", (_title, rate, draw, quorum) => {
    const planned = plan(partial({ by: "rate", rate }), draw);
    expect([planned.minQuorum, planned.targetNResults]).toEqual([quorum, quorum]);
    expect(planned.drawn).toEqual({ partialSelected: quorum === 2 });
  });

  test.each([
    [{ risk: "high" }, 2],
    [{ risk: "low" }, 1],
    [{ risk: 9 }, 2],
    [{}, 1],
  ])("[R000.14] S46 tags %o", (tags, quorum) => {
    expect(plan(partial({ by: "tag", tag: "risk", equals: ["high", "9"] }), 0, { name: "w", tags }).minQuorum).toBe(
      quorum,
    );
  });

  test("S46 a tag that is not there has no value, not even undefined", () => {
    expect(plan(partial({ by: "tag", tag: "risk", equals: ["undefined"] }), 0).minQuorum).toBe(1);
  });

  test("[R000.14] S46 a list of names", () => {
    const policy = partial({ by: "list", names: ["w1", "w3"] });
    const quorums = ["w1", "w2", "w3"].map((name) => plan(policy, 0, { name, tags: {} }).minQuorum);
    expect(quorums).toEqual([2, 1, 2]);
  });
});

describe("[R000.2] random counts", () => {
  test("S47 from none to the stated number, all equally likely", () => {
    const random = randomSource(7);
    const counts = [0, 0, 0, 0];
    for (let round = 0; round < 4000; round += 1) {
      const { targetNResults } = plan({ type: "full" }, random(), undefined, { minQuorum: 2, randomExtraResults: 3 });
      counts[targetNResults - 2] = (counts[targetNResults - 2] ?? 0) + 1;
    }
    expect(counts.length).toBe(4);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  test("S47 the branches, the cap, and no draw where nothing is asked for", () => {
    const extra = (draw: number, more: object) => plan({ type: "full" }, draw, undefined, more);
    expect(extra(DRAW_TRUST, { randomExtraResults: 3 })).toMatchObject({
      targetNResults: 1,
      drawn: { extraResults: 0 },
    });
    expect(extra(DRAW_AUDIT, { randomExtraResults: 3 })).toMatchObject({
      targetNResults: 4,
      drawn: { extraResults: 3 },
    });
    expect(extra(DRAW_AUDIT, { randomExtraResults: 9, maxTotalResults: 3 }).targetNResults).toBe(3);
    expect(extra(DRAW_AUDIT, {}).drawn).toEqual({});
  });
});

describe("verified", () => {
  const verified: Policy = { type: "verified" };

  test("[R000.19] S48 a result that passes is canonical alone, and nothing is decided before the verifier has spoken", () => {
    const world = play(verified, "x");
    expect([world.canon(), world.shown(0), world.state.results.length]).toEqual([null, "OVER/ok/init", 1]);
    world.verified(0, "passed");
    expect([world.canon(), world.cv("A")]).toEqual([0, 0]);
    expect(world.log.flatMap((action) => (action.type === "complete" ? [action.rule] : []))).toEqual(["verified"]);
  });

  test("S48 the lowest-numbered of those that pass in one pass", () => {
    const world = new World({ hosts: "A B C", policy: verified, targetNResults: 3 });
    for (const name of ["A", "B", "C"]) world.send(name);
    world.report("C", 2, "z");
    world.report("A", 0, "x");
    world.verified(0, "rejected");
    world.report("B", 1, "y");
    world.verified(1, "passed");
    expect([world.canon(), world.shown(0), world.shown(2)]).toEqual([1, "OVER/ok/INVALID", "OVER/ok/init"]);
    const both = new World({ hosts: "A B", policy: verified, targetNResults: 2 });
    for (const name of ["A", "B"]) both.send(name);
    both.report("B", 1, "y");
    both.report("A", 0, "x");
    both.state = withVerification(both.state, both.result(1).id, { verdict: "passed", reason: "" });
    both.verified(0, "passed");
    expect(both.canon()).toBe(0);
  });

  test.each(["rejected", "broken"] as const)(
    "[R000.19] S49 a verifier that says %s makes it invalid, and another is made",
    (verdict) => {
      const world = play(verified, "x");
      world.setCv("A", 5);
      world.verified(0, verdict);
      expect([world.shown(0), world.cv("A"), world.state.results.length, world.canon()]).toEqual([
        "OVER/ok/INVALID",
        0,
        2,
        null,
      ]);
      const reasons = world.log.flatMap((action) => (action.type === "judge" ? [action.reason] : []));
      expect(reasons).toEqual([`verify_${verdict}`]);
    },
  );

  test("S49 a verifier that always breaks ends the workunit by its ordinary limits", () => {
    const world = play(verified, "x", { maxTotalResults: 2 });
    world.verified(0, "broken");
    report(world, "y");
    expect(world.errors()).toBe("");
    world.verified(1, "broken");
    expect(world.errors()).toBe("too_many_total");
  });

  test("S52 stragglers are judged by the verifier: another good output need not agree", () => {
    const world = new World({ hosts: "A B C", policy: verified, targetNResults: 3, maxTotalResults: 3 });
    for (const name of ["A", "B", "C"]) world.send(name);
    world.report("A", 0, "x");
    world.verified(0, "passed");
    world.report("B", 1, "y");
    world.report("C", 2, "x");
    expect([world.shown(1), world.shown(2)]).toEqual(["OVER/ok/init", "OVER/ok/init"]);
    world.verified(1, "passed");
    world.verified(2, "rejected");
    expect([world.shown(1), world.shown(2)]).toEqual(["OVER/ok/VALID", "OVER/ok/INVALID"]);
  });
});

describe("hybrid", () => {
  const hybrid = (sampleRate = 0): Policy => ({ type: "hybrid", level: 2, sampleRate });

  test("[R000.20] S50 the first path: the verifier alone", () => {
    const world = play(hybrid(), "x");
    world.verified(0, "passed");
    expect([world.canon(), world.workunit.minQuorum]).toEqual([0, 1]);
  });

  test.each(["missing", "broken"] as const)(
    "[R000.20] S50 the second path: %s, so replicas decide, this one among them",
    (verdict) => {
      const world = play(hybrid(), "x");
      world.verified(0, verdict);
      expect([world.shown(0), world.workunit.minQuorum, world.state.results.length]).toEqual(["OVER/ok/init", 2, 2]);
      report(world, "x");
      world.verified(1, verdict);
      expect([world.canon(), world.cv("B")]).toEqual([0, 1]);
    },
  );

  test("[R000.20] S50 rejected: invalid, and two others must agree, verified or not", () => {
    const world = play(hybrid(), "x");
    world.verified(0, "rejected");
    expect([world.shown(0), world.workunit.minQuorum, world.state.results.length]).toEqual(["OVER/ok/INVALID", 2, 3]);
    report(world, "y");
    world.verified(1, "passed");
    expect(world.canon()).toBeNull();
    report(world, "y");
    world.verified(2, "passed");
    expect(world.canon()).toBe(1);
  });

  test("[R000.20] S51 the third path: sampled, so two must pass and agree", () => {
    const world = new World({ hosts: "A B", policy: hybrid(0.1), draw: DRAW_AUDIT });
    expect([world.workunit.minQuorum, world.state.results.length, world.workunit.drawn.sampled]).toEqual([2, 2, true]);
    report(world, "x");
    world.verified(0, "passed");
    expect(world.canon()).toBeNull();
    report(world, "x");
    world.verified(1, "passed");
    expect(world.canon()).toBe(0);
  });

  test("S51 not sampled", () => {
    expect(new World({ hosts: "A", policy: hybrid(0.9), draw: DRAW_TRUST }).workunit.drawn).toEqual({ sampled: false });
  });

  test("S52 a straggler of a verified workunit: the verifier, and the comparison where it breaks", () => {
    const straggler = (output: string, verdict: "passed" | "rejected" | "broken") => {
      const world = new World({ hosts: "A B", policy: hybrid(), targetNResults: 2 });
      world.send("A");
      world.send("B");
      world.report("A", 0, "x");
      world.verified(0, "passed");
      world.report("B", 1, output);
      world.verified(1, verdict);
      return world.shown(1);
    };
    expect(straggler("y", "passed")).toBe("OVER/ok/VALID");
    expect(straggler("x", "rejected")).toBe("OVER/ok/INVALID");
    expect(straggler("x", "broken")).toBe("OVER/ok/VALID");
    expect(straggler("y", "broken")).toBe("OVER/ok/INVALID");
  });

  test("S52 a straggler of a replicated one: the comparison", () => {
    const world = new World({ hosts: "A B C", policy: hybrid(1), draw: DRAW_AUDIT, targetNResults: 3 });
    for (const name of ["A", "B", "C"]) world.send(name);
    for (const [number, name] of ["A", "B"].entries()) {
      world.report(name, number, "x");
      world.verified(number, "passed");
    }
    world.report("C", 2, "y");
    expect([world.canon(), world.shown(2)]).toEqual([0, "OVER/ok/INVALID"]);
  });
});
