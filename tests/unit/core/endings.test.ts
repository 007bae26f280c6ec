import { describe, expect, test } from "vitest";
import { onUnsendable } from "../../../server/core/replication/endings.ts";
import { mayDeleteOutput, onAssimilated } from "../../../server/core/replication/retention.ts";
import { playAll } from "./play.ts";
import { World } from "./world.ts";

const WEEK = 604_800;

describe("ends from outside", () => {
  playAll([
    [
      "S58 cancelled: what is in progress stays so",
      "wu: q=1 target=2",
      "send A = 0; cancel; expect err=cancelled asm=ready i0=SENT/-/init i1=OVER/unneeded/init; send B = none; report A 0 X; expect canon=none i0=OVER/ok/nocheck",
    ],
    ["S58 an ended workunit is not cancelled", "wu: q=1", "send A = 0; report A 0 X; cancel; expect err= canon=0"],
    [
      "[R003.7] S59 nobody seen since can ever run it: cannot be sent, in the second after a week",
      "app: homogeneity=same | hosts: A@x B@x C@y | wu: q=2 delay=10",
      `send A = 0; send B = 1; report A 0 X; at 11 expect i1=OVER/noreply/init; at 20 send C = none; at ${11 + WEEK} expect err=; at ${12 + WEEK} expect err=couldnt_send asm=ready i2=OVER/unsendable/init i0=OVER/ok/nocheck`,
    ],
    [
      "S59 a mere lack of other users never counts",
      "hosts: A | wu: q=2",
      `send A = 0; report A 0 X; send A = none; at ${9 * WEEK} send A = none; expect err= i1=UNSENT/-/init`,
    ],
    ["S59 nobody was seen", "hosts: A | wu: q=1", `at ${9 * WEEK} expect err= i0=UNSENT/-/init`],
    [
      "[R003.29] S60 the canonical output stays until it is assimilated and nothing is out any more",
      "wu: q=1 target=2 delay=10",
      "send A = 0; at 3 send B = 1; report A 0 X; purge; expect files=kept; assimilate; at 13 purge; expect files=kept; at 14 purge; expect files=deleted",
    ],
  ]);

  test("S59 both sides of every condition", () => {
    const world = new World({ hosts: "A", targetNResults: 2 });
    const fires = (seen: number, permanentlyIneligible: number, now: number) =>
      onUnsendable(world.workunit, world.state.results, { seen, permanentlyIneligible }, now).length > 0;
    expect(fires(3, 3, WEEK + 1)).toBe(true);
    expect(fires(3, 3, WEEK + 0.9)).toBe(false);
    expect(fires(3, 2, WEEK + 1)).toBe(false);
    expect(fires(0, 0, WEEK + 1)).toBe(false);
    const [first, second] = world.state.results;
    world.do(onUnsendable(world.workunit, world.state.results, { seen: 1, permanentlyIneligible: 1 }, WEEK + 1));
    world.settle();
    expect([first, second].map((_, number) => world.shown(number))).toEqual([
      "OVER/unsendable/init",
      "OVER/unneeded/init",
    ]);
    expect(fires(3, 3, WEEK + 1)).toBe(false);
  });

  test("S59 the longest waiting counts, whatever its number", () => {
    const world = new World({ hosts: "A B", targetNResults: 2, maxErrorResults: 9 });
    world.send("A");
    world.at(100).fail("A", 0);
    const at = (now: number) =>
      onUnsendable(world.workunit, world.state.results, { seen: 1, permanentlyIneligible: 1 }, now);
    expect(at(WEEK + 1)[0]).toMatchObject({ resultId: "1.1" });
    world.send("B");
    expect(at(WEEK + 100)).toEqual([]);
    expect(at(WEEK + 101)[0]).toMatchObject({ resultId: "1.2" });
  });

  test("[R003.29] S60 retention", () => {
    const world = new World({ hosts: "A" });
    world.send("A");
    world.report("A", 0, "X");
    const may = (retentionSeconds: number | null, now: number) =>
      mayDeleteOutput(world.workunit, world.state.results, { assimilatedSeconds: 50, retentionSeconds }, now);
    expect(may(0, 1000)).toBe(false);
    world.assimilate();
    expect([may(100, 149.9), may(100, 150), may(null, 1e9)]).toEqual([false, true, false]);
    expect(world.purge()).toBe(true);
    expect(may(100, 150)).toBe(false);
  });

  test("[R003.29] S60 a straggler that is not judged yet keeps the output", () => {
    const world = new World({ hosts: "A B", targetNResults: 2, comparison: "verdicts" });
    world.send("A");
    world.send("B");
    world.report("A", 0, "X");
    world.report("B", 1, "X");
    world.assimilate();
    expect(world.purge()).toBe(false);
    world.compared(0, 1, true);
    expect(world.purge()).toBe(true);
  });

  test("S60 a failed workunit has no canonical output to delete", () => {
    const world = new World({ hosts: "A" });
    world.cancel();
    world.assimilate();
    expect(world.purge()).toBe(false);
  });

  test("[R003.19] S22 only what is ready is assimilated", () => {
    const world = new World({ hosts: "A" });
    expect(onAssimilated(world.workunit)).toBeNull();
    world.cancel();
    expect([world.assimilate(), world.assimilate()]).toEqual([true, false]);
  });
});
