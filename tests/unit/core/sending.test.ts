import { describe, expect, test } from "vitest";
import { nextDueSeconds } from "../../../server/core/replication/leases.ts";
import { onSend } from "../../../server/core/replication/send.ts";
import { playAll } from "./play.ts";
import { World } from "./world.ts";

describe("sending", () => {
  playAll([
    [
      "[R000.3] [R003.37] S37 one result per user: not even from another host",
      "wu: q=2 | hosts: A A2:A B",
      "send A = 0; send A = none; send A2 = none; send B = 1",
    ],
    [
      "S37 also after an error, an abort, no reply or a report",
      "wu: q=5 delay=10",
      "send A = 0; send B = 1; send C = 2; send D = 3; fail A 0; fail B 1 by=server; report D 3 X; at 11 expect i2=OVER/noreply/init; send A = none; send B = none; send C = none; send D = none; send E = 4",
    ],
    [
      "S37 switched off: another host of the user may, the same host may not",
      "wu: q=2 | hosts: A A2:A | cfg: one_per_user=off",
      "send A = 0; send A = none; send A2 = 1; report A 0 X; report A2 1 X; expect canon=0",
    ],
    [
      "S37 switched off: the same host may again what it returned",
      "wu: q=1 | cfg: one_per_user=off",
      "send A = 0; return A 0; send A = 1",
    ],
    [
      "[R000.15] S38 an untrusted host raises quorum and target when it is sent",
      "app: adaptive=3 | wu: q=1",
      "send A = 0; expect q=3 target=3 n=3; send B = 1; expect q=3 target=3 n=3",
    ],
    [
      "S38 max(q, n), max(target, n): nothing is lowered",
      "app: adaptive=2 | wu: q=3 target=4",
      "send A = 0; expect q=3 target=4",
    ],
    ["S38 the quorum alone may rise", "app: adaptive=2 | wu: q=1 target=4", "send A = 0; expect q=2 target=4 n=4"],
    [
      "[R000.15] S38 a trusted host's single result is accepted alone and does not raise c",
      "app: adaptive=2 | wu: q=1",
      "cv A 10; send A = 0; expect q=1; report A 0 X; expect canon=0 cvA=10",
    ],
    [
      "[R000.1] S37 all replicas of a workunit are out at once, with different users",
      "wu: q=2 target=3",
      "send A = 0; send B = 1; send C = 2; expect i0=SENT/-/init i1=SENT/-/init i2=SENT/-/init",
    ],
    ["S38 nine is not ten", "app: adaptive=2 | wu: q=1", "cv A 9; send A = 0; expect q=2"],
    [
      "S38 an audit draw replicates the trusted too",
      "app: adaptive=2 | wu: q=1 | cfg: draw=audit",
      "cv A 1000; send A = 0; expect q=2 n=2",
    ],
    [
      "[R003.36] S38 raised before the second result is compared: a mismatch makes both inconclusive",
      "app: adaptive=2 | wu: q=1 target=2",
      "cv A 10; send A = 0; send B = 1; expect q=2; report A 0 X; expect canon=none; report B 1 Y; expect i0=OVER/ok/incon i1=OVER/ok/incon n=3 cvA=10",
    ],
  ]);

  test("[R003.36] S39 a suspicious output is not accepted alone: one more is made, and a mismatch costs nobody", () => {
    const world = new World({ hosts: "A B" });
    world.send("A");
    world.report("A", 0, "X", true);
    expect([world.canon(), world.workunit.minQuorum, world.state.results.length]).toEqual([null, 2, 2]);
    world.send("B");
    world.report("B", 1, "Y");
    expect([world.shown(0), world.shown(1)]).toEqual(["OVER/ok/incon", "OVER/ok/incon"]);
  });

  test("S39 it is raised to the policy's level, and an ended workunit not at all", () => {
    const world = new World({ hosts: "A B", targetNResults: 2, policy: { type: "adaptive", level: 3 } });
    world.setCv("A", 50);
    world.setCv("B", 50);
    world.send("A");
    world.send("B");
    world.report("A", 0, "X", true);
    expect(world.workunit.minQuorum).toBe(3);
    const ended = new World({ hosts: "A B", targetNResults: 2 });
    ended.send("A");
    ended.send("B");
    ended.report("A", 0, "X");
    ended.report("B", 1, "X", true);
    expect([ended.canon(), ended.workunit.minQuorum, ended.shown(1)]).toEqual([0, 1, "OVER/ok/VALID"]);
  });

  const important = (importance: unknown) =>
    new World({
      hosts: "A",
      policy: { type: "adaptive", level: 3, importanceAtLeast: 5 },
      selection: { name: "w", tags: { importance } },
    });

  test.each([
    [5, 3],
    ["7", 3],
    [4.9, 1],
    [undefined, 1],
    ["high", 1],
  ])("[R000.16] S40 importance %s starts with a quorum of %i", (importance, quorum) => {
    const world = important(importance);
    expect([world.workunit.minQuorum, world.state.results.length]).toEqual([quorum, quorum]);
  });

  test.each([
    ["above the limit", 0.11, 0, 2],
    ["at the limit", 0.1, 0, 1],
    ["above, with the backlog at its limit", 0.11, 100, 2],
    ["above, with more waiting than that", 0.11, 101, 1],
  ])("[R000.17] S41 a trusted host while disagreement is %s", (_what, disagreementRate, waitingResults, quorum) => {
    const world = new World({
      hosts: "A",
      policy: { type: "adaptive", level: 2, disagreementAbove: 0.1, backlogAbove: 100 },
      conditions: { disagreementRate, waitingResults },
    });
    world.setCv("A", 1000);
    world.send("A");
    expect(world.workunit.minQuorum).toBe(quorum);
  });

  test("S41 an untrusted host is replicated whatever waits", () => {
    const world = new World({
      hosts: "A",
      policy: { type: "adaptive", level: 2, disagreementAbove: 0.1, backlogAbove: 0 },
      conditions: { disagreementRate: 0, waitingResults: 1e6 },
    });
    world.send("A");
    expect(world.workunit.minQuorum).toBe(2);
  });

  test("S41 without a limit on the backlog nothing that waits matters", () => {
    const world = new World({
      hosts: "A",
      policy: { type: "adaptive", level: 2, disagreementAbove: 0.1 },
      conditions: { disagreementRate: 0.2, waitingResults: 1e6 },
    });
    world.setCv("A", 1000);
    world.send("A");
    expect(world.workunit.minQuorum).toBe(2);
  });

  const pressed = () => {
    const world = new World({
      hosts: "A B C",
      delayBoundSeconds: 100,
      policy: { type: "adaptive", level: 2, deadlinePressureBelow: 0.25 },
    });
    world.setCv("A", 50);
    world.setCv("B", 50);
    world.send("A");
    return world;
  };

  test("[R000.17] S42 less than a quarter of the delay bound left: replicated ahead, once", () => {
    const world = pressed();
    expect(world.at(75).state.results.length).toBe(1);
    expect(world.at(76).state.results.length).toBe(2);
    expect(world.at(100).state.results.length).toBe(2);
    expect([world.workunit.minQuorum, world.workunit.targetNResults]).toEqual([1, 1]);
    world.send("B");
    world.report("B", 1, "X");
    expect(world.canon()).toBe(1);
  });

  test("S42 the replica that was made ahead is the replacement, and comes under pressure in its turn", () => {
    const world = pressed();
    world.at(76).send("B");
    expect(world.at(101).shown(0)).toBe("OVER/noreply/init");
    expect(world.at(151).state.results.length).toBe(2);
    expect(world.at(152).state.results.length).toBe(3);
    world.setCv("C", 50);
    world.send("C");
    expect(world.at(177).state.results.length).toBe(3);
  });

  const timely = (targetNResults: number) => {
    const world = new World({
      hosts: "A B C",
      minQuorum: 2,
      targetNResults,
      delayBoundSeconds: 100,
      policy: { type: "adaptive", level: 2, deadlinePressureBelow: 0.25 },
    });
    world.send("A");
    world.at(10).send("B");
    world.at(20).send("C");
    return world;
  };

  test("S42 each result under pressure needs another, where the quorum would lack it", () => {
    const world = timely(2);
    expect([75, 76, 85, 86].map((seconds) => world.at(seconds).state.results.length)).toEqual([2, 3, 3, 4]);
    const spare = timely(3);
    expect([85, 86, 95, 96].map((seconds) => spare.at(seconds).state.results.length)).toEqual([3, 4, 4, 5]);
  });

  test("S42 its time is told, once: before it the pressure, after it the deadline", () => {
    const world = pressed();
    const due = (now: number) => nextDueSeconds(world.workunit, world.state.results, now);
    expect([due(0), due(75), due(76), due(90)]).toEqual([76, 76, 101, 101]);
    world.cancel();
    expect(due(0)).toBe(101);
  });

  test("S42 a result in time needs none, and an ended workunit neither", () => {
    const world = pressed();
    world.at(50).report("A", 0, "X");
    expect(world.at(99).state.results.length).toBe(1);
  });

  test("S37 S38 a refusal names its reasons, and what is not unsent cannot be sent", () => {
    const world = new World({ hosts: "A B", minQuorum: 2 });
    world.send("A");
    const [first, second] = world.state.results;
    const host = {
      hostId: "A",
      userId: "A",
      deviceClass: "default",
      network: null,
      backend: "wasm",
      consecutiveValid: 0,
    };
    const ask = (resultId: string, hostId: string, userId = "A") =>
      onSend(world.workunit, world.state.results, { resultId, host: { ...host, hostId, userId }, draw: 0 }, 0);
    expect(ask(second?.id ?? "", "A")).toEqual({ status: "refused", reasons: ["same_host"] });
    // Neither when it computes for somebody else by now.
    expect(ask(second?.id ?? "", "A", "B")).toEqual({ status: "refused", reasons: ["same_host"] });
    expect(ask(second?.id ?? "", "A9")).toEqual({ status: "refused", reasons: ["same_user"] });
    expect(ask(first?.id ?? "", "B")).toEqual({ status: "refused", reasons: ["not_unsent"] });
    world.cancel();
    expect(ask(second?.id ?? "", "B")).toEqual({ status: "refused", reasons: ["ended"] });
  });
});
