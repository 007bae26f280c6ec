import { describe, expect, test } from "vitest";
import { World } from "./world.ts";

/** A world compared by verdicts in which `hosts` report at once, one output each. */
function reported(count: number, options: { minQuorum?: number; maxErrorResults?: number } = {}): World {
  const names = "A B C D E".split(" ").slice(0, count);
  const world = new World({ hosts: "A B C D E", comparison: "verdicts", minQuorum: count, ...options });
  for (const name of names) world.send(name);
  for (const [number, name] of names.entries()) world.report(name, number, "same bytes");
  return world;
}

const asked = (world: World): string[] =>
  world.log.flatMap((action) => (action.type === "compare" ? [`${action.resultA}~${action.resultB}`] : []));

describe("verdicts", () => {
  test("[R003.11] S33 equal bytes mean nothing where verdicts decide", () => {
    const world = reported(2);
    expect(world.canon()).toBeNull();
    world.compared(0, 1, false);
    expect([world.shown(0), world.shown(1), world.workunit.targetNResults]).toEqual([
      "OVER/ok/incon",
      "OVER/ok/incon",
      3,
    ]);
  });

  test("S34 every pair is asked for once, the lower number first, and nothing before the quorum", () => {
    const world = new World({ hosts: "A B C", comparison: "verdicts", minQuorum: 3 });
    for (const name of ["A", "B", "C"]) world.send(name);
    world.report("C", 2, "z");
    world.report("B", 1, "y");
    expect(asked(world)).toEqual([]);
    world.report("A", 0, "x");
    expect(asked(world)).toEqual(["1.0~1.1", "1.0~1.2", "1.1~1.2"]);
    world.settle();
    world.compared(0, 1, true);
    expect([asked(world).length, world.canon()]).toEqual([3, null]);
  });

  test("S34 a late verdict decides as an early one: all orders of verdicts give the same", () => {
    const pairs: [number, number, boolean][] = [
      [0, 1, false],
      [0, 2, true],
      [1, 2, false],
    ];
    for (const order of permutations(pairs)) {
      const world = reported(3);
      for (const [a, b, agree] of order) world.compared(a, b, agree);
      expect([world.canon(), world.shown(1)]).toEqual([0, "OVER/ok/INVALID"]);
    }
  });

  test("[R003.13] S14 S15 a~b, b~c, a!~c: two groups of two, no winner, whatever the order of reports", () => {
    for (const order of permutations([0, 1, 2])) {
      const world = new World({ hosts: "A B C", comparison: "verdicts", minQuorum: 3 });
      for (const name of ["A", "B", "C"]) world.send(name);
      for (const number of order) world.report("ABC"[number] ?? "", number, "x");
      world.compared(0, 1, true);
      world.compared(1, 2, true);
      world.compared(0, 2, false);
      expect([world.canon(), world.workunit.targetNResults]).toEqual([null, 4]);
    }
  });

  test("[R003.13] S14 S17 a fourth settles it: the clique wins, and the other is judged by the canonical result alone", () => {
    const world = reported(3);
    world.compared(0, 1, true);
    world.compared(1, 2, true);
    world.compared(0, 2, false);
    world.send("D");
    world.report("D", 3, "x");
    world.compared(0, 3, false);
    world.compared(1, 3, true);
    world.compared(2, 3, true);
    // {1, 2, 3} beats {0, 1}; 0 agrees with the canonical result 1, and that alone counts.
    expect([world.canon(), world.shown(0), world.shown(2)]).toEqual([1, "OVER/ok/VALID", "OVER/ok/VALID"]);
  });

  test("S34 a straggler is compared with the canonical result only", () => {
    const world = reported(2, { minQuorum: 2 });
    world.compared(0, 1, true);
    expect(asked(world)).toEqual(["1.0~1.1"]);
    const late = new World({ hosts: "A B C", comparison: "verdicts", minQuorum: 2, targetNResults: 3 });
    for (const name of ["A", "B", "C"]) late.send(name);
    late.report("B", 1, "x");
    late.report("C", 2, "x");
    late.compared(1, 2, true);
    late.report("A", 0, "x");
    expect(asked(late)).toEqual(["1.1~1.2", "1.0~1.1"]);
    late.compared(0, 1, true);
    expect(late.shown(0)).toBe("OVER/ok/VALID");
  });

  test("S34 no limit is final while a verdict is missing: the quorum it completes wins", () => {
    const world = new World({
      hosts: "A B C D",
      comparison: "verdicts",
      minQuorum: 2,
      targetNResults: 3,
      maxErrorResults: 0,
    });
    for (const name of ["A", "B", "C"]) world.send(name);
    world.report("A", 0, "x");
    world.report("B", 1, "x");
    world.fail("C", 2);
    expect([world.errors(), world.state.results.length]).toEqual(["", 4]);
    world.compared(0, 1, true);
    expect([world.errors(), world.canon()]).toEqual(["", 0]);
  });

  test("S34 and when it says no, the limit holds", () => {
    const world = new World({
      hosts: "A B C D",
      comparison: "verdicts",
      minQuorum: 2,
      targetNResults: 3,
      maxErrorResults: 0,
    });
    for (const name of ["A", "B", "C"]) world.send(name);
    world.report("A", 0, "x");
    world.report("B", 1, "x");
    world.fail("C", 2);
    world.compared(0, 1, false);
    expect(world.errors()).toBe("too_many_errors");
  });

  test("S34 before the quorum a verdict nobody asked for yet may be yes: agreement is not out of reach", () => {
    const world = new World({ hosts: "A B C D", comparison: "verdicts", minQuorum: 4, maxTotalResults: 4 });
    for (const name of ["A", "B", "C", "D"]) world.send(name);
    for (const [number, name] of ["A", "B", "C"].entries()) world.report(name, number, `${number}`);
    expect(world.errors()).toBe("");
  });

  test("S24 S34 in a failed workunit the unpaid are compared, and paid when the verdict comes", () => {
    const world = reported(2, { minQuorum: 3 });
    world.cancel();
    expect(asked(world)).toEqual(["1.0~1.1"]);
    world.compared(0, 1, true);
    expect(world.log.flatMap((action) => (action.type === "grant_credit" ? [action.resultId] : []))).toEqual([
      "1.0",
      "1.1",
    ]);
  });

  test("[R000.19] S34 a verification is asked for once", () => {
    const world = new World({ hosts: "A", policy: { type: "verified" } });
    world.send("A");
    world.report("A", 0, "x");
    world.settle();
    expect(world.log.filter((action) => action.type === "verify").length).toBe(1);
  });

  test("S34 S49 a limit waits for the verifier as well", () => {
    const world = new World({ hosts: "A B", policy: { type: "verified" }, targetNResults: 2, maxErrorResults: 0 });
    world.send("A");
    world.send("B");
    world.report("A", 0, "x");
    world.fail("B", 1);
    expect([world.errors(), world.canon()]).toEqual(["", null]);
    world.verified(0, "passed");
    expect([world.errors(), world.canon()]).toEqual(["", 0]);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
