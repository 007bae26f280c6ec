import { describe, expect, test } from "vitest";
import { playAll } from "./play.ts";
import { World } from "./world.ts";

const SAME = "app: homogeneity=same | hosts: A@x B@y C@x D@y E@x";

describe("homogeneity same", () => {
  playAll([
    [
      "[R003.38] [R000.34] S53 the first host fixes the class, others get nothing",
      `${SAME} | wu: q=2 target=3`,
      "send B = 0; send A = none; send C = none; send D = 1",
    ],
    [
      "[R003.38] S54 released when nothing is in progress or successful; the next send fixes it anew",
      `${SAME} | wu: q=2 max_err=9`,
      "send A = 0; send C = 1; fail A 0; send B = none; fail C 1; send B = 2; send E = none; send D = 3",
    ],
    [
      "S54 kept by a success, released by what is lost: unsent replacements do not count",
      `${SAME} | wu: q=2 delay=10`,
      "send A = 0; at 5 send C = 1; report C 1 X; at 11 expect i0=OVER/noreply/init; send B = none; send E = 2",
    ],
    ["S54 released by no reply", `${SAME} | wu: q=1 delay=10`, "send A = 0; at 11 send B = 1; expect i1=SENT/-/init"],
    ["S53 without homogeneity the class does not matter", "hosts: A@x B@y | wu: q=2", "send A = 0; send B = 1"],
  ]);
});

describe("homogeneity diverse", () => {
  const diverse = (hosts: string, more = {}) => new World({ hosts, homogeneity: "diverse", minQuorum: 2, ...more });

  test("[R000.34] S55 no second result for a class that has one in progress or successful", () => {
    const world = diverse("A@x B@x C@y D@z", { targetNResults: 3 });
    expect([world.send("A"), world.send("B"), world.send("C")]).toEqual([0, null, 1]);
    world.report("C", 1, "X");
    const second = diverse("A@x B@x C@y D@y", { targetNResults: 3 });
    second.send("C");
    second.report("C", 0, "X");
    expect([second.send("D"), second.send("A")]).toEqual([null, 1]);
  });

  test("S55 a class that failed, gave back or gave no reply is free", () => {
    const world = diverse("A@x B@x C@x D@x", { delayBoundSeconds: 10 });
    world.send("A");
    world.fail("A", 0);
    expect(world.send("B")).toBe(1);
    world.handBack("B", 1);
    expect(world.send("C")).toBe(2);
    expect(world.at(11).send("D")).toBe(3);
  });

  test("S55 a class whose output was rejected is free", () => {
    const world = diverse("A@x B@x", { minQuorum: 1, policy: { type: "verified" } });
    world.send("A");
    world.report("A", 0, "X");
    world.verified(0, "rejected");
    expect(world.send("B")).toBe(1);
  });

  test("[R000.34] S56 a late report of a class that is there already adds nothing to the agreement", () => {
    const world = diverse("A@x B@x C@y", { delayBoundSeconds: 10 });
    world.send("A");
    world.at(11).send("B");
    world.report("A", 0, "X");
    world.report("B", 1, "X");
    expect([world.canon(), world.workunit.targetNResults]).toEqual([null, 3]);
    world.send("C");
    world.report("C", 2, "X");
    expect(world.canon()).toBe(0);
  });
});

describe("networks", () => {
  test("S57 not to two anonymous users of one network; accounts have none", () => {
    const world = new World({ hosts: "A%n B%n C%m D E", minQuorum: 5 });
    expect(["A", "B", "C", "D", "E"].map((name) => world.send(name))).toEqual([0, null, 1, 2, 3]);
  });

  test("S57 a result that cannot confirm anything any more does not count, one without a reply does", () => {
    const world = new World({ hosts: "A%n B%n C%n D%n", minQuorum: 2, delayBoundSeconds: 10 });
    world.send("A");
    world.fail("A", 0, "user");
    expect(world.send("B")).toBe(1);
    expect(world.at(11).send("C")).toBeNull();
    world.fail("B", 1);
    expect(world.send("D")).toBe(2);
  });
});
