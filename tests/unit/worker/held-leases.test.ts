import { describe, expect, test } from "vitest";
import { type HeldLease, heldLeases } from "../../../worker/supervisor/held-leases.ts";
import { createParkings } from "../../../worker/supervisor/parkings.ts";
import { World } from "./world.ts";

/** What a page that is closed now has to name, so that nothing of it is held by nobody until its lease ends. */

function computing(workMs: number): World {
  const world = new World({ workMs });
  world.start();
  world.run(5_000);
  return world;
}

function named(world: World): Map<string, HeldLease["is"]> {
  return new Map(heldLeases(world.state, []).map(({ resultId, is }) => [resultId, is]));
}

/** Lent to a client that knows of it, and by what the server knows still being computed. */
function believed(world: World, known: ReadonlySet<string>): string[] {
  const { acknowledged, parked } = world.server;
  return [...known].filter((id) => !acknowledged.has(id) && !parked.has(id));
}

describe("leases to be named by a page that closes", () => {
  test("whenever Stop is pressed, until the end, all that the server has not heard of", () => {
    let unheard = 0;
    for (let waitedMs = 0; waitedMs <= 3_000; waitedMs += 100) {
      const known = new Set<string>();
      const world = computing(3_000);
      world.run(waitedMs);
      world.send({ type: "stop_asked" });
      const look = (): void => {
        // What the server is lending in this moment is not known here yet.
        for (const id of [...world.state.tasks.keys(), ...world.state.reports.keys()]) known.add(id);
        const missing = believed(world, known).filter((id) => !named(world).has(id));
        expect(missing, `${world.state.mode}, stopped after ${waitedMs} ms, at ${world.nowMs}`).toEqual([]);
        unheard += believed(world, known).filter((id) => !world.state.tasks.has(id)).length;
      };
      look();
      world.run(60_000, look);
      expect(world.state.mode).toBe("off");
      expect(named(world).size).toBe(0);
    }
    // Of what is no task any more, and the server does not know it: that is what it is about.
    expect(unheard).toBeGreaterThan(0);
  });

  test("what is finished and not taken is kept, never handed back", () => {
    const world = computing(3_000);
    world.server.reachable = false;
    world.run(10_000);
    const finished = [...world.state.reports].filter(([, { report }]) => report.kind === "output").map(([id]) => id);
    expect(finished.length).toBeGreaterThan(0);
    for (const id of finished) expect(named(world).get(id)).toBe("kept");
  });

  test("what a call parks is named until that call is answered, once, and as what it is by then", () => {
    const world = computing(30_000);
    const [lease] = [...world.state.tasks.values()].map((task) => task.lease);
    if (lease === undefined) throw new Error("nothing was lent");
    const { resultId, leaseToken } = lease;
    expect(heldLeases({ tasks: new Map(), reports: new Map() }, [{ resultId, leaseToken }])).toEqual([
      { resultId, leaseToken, is: "kept" },
    ]);
    const again = heldLeases(world.state, [{ resultId, leaseToken }]).filter((held) => held.resultId === resultId);
    expect(again).toEqual([{ resultId, leaseToken, is: "begun" }]);
  });
});

describe("calls that park", () => {
  const lease = { resultId: "1", leaseToken: "a" };

  test("name their leases until they are answered; only then may the client be ended", async () => {
    const answer = Promise.withResolvers<void>();
    const told: unknown[] = [];
    const parkings = createParkings({ timer: () => () => told.push("no timer is left") }, () =>
      told.push(parkings.leases()),
    );
    await parkings.answered();
    parkings.add([lease], answer.promise);
    expect(parkings.leases()).toEqual([lease]);
    const ended = parkings.answered().then(() => told.push("ended"));
    await Promise.resolve();
    expect(told).toEqual([]);
    answer.resolve();
    await ended;
    expect(told).toEqual([[], "no timer is left", "ended"]);
    expect(parkings.leases()).toEqual([]);
  });

  test("a server that does not answer is not waited for", async () => {
    let pass = (): void => undefined;
    const timer = (_: number, callback: () => void) => {
      pass = callback;
      return () => undefined;
    };
    const parkings = createParkings({ timer }, () => undefined);
    parkings.add([lease], new Promise(() => undefined));
    const ended = parkings.answered();
    pass();
    await ended;
    expect(parkings.leases()).toEqual([lease]);
  });
});
