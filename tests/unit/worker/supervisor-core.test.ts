import { describe, expect, test } from "vitest";
import { EXCHANGE_MAX_HELD } from "../../../server/core/limits.ts";
import { wantedResults } from "../../../worker/supervisor/core/exchange.ts";
import { plan } from "../../../worker/supervisor/core/governor.ts";
import type { QueuedReport } from "../../../worker/supervisor/core/types.ts";
import { World } from "./world.ts";

const MINUTE = 60_000;

function computing(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(options);
  world.start();
  world.run(5_000);
  return world;
}

describe("consent", () => {
  test("before start_asked no event makes the client do anything", () => {
    const world = new World();
    world.run(MINUTE);
    world.conditions({ hidden: true });
    world.conditions({ hidden: false });
    world.send({ type: "tick" });
    world.send({ type: "settings_changed", settings: { ...world.state.settings, preset: "all" } });
    world.send({ type: "slot_ready", slotId: 1 });
    world.run(MINUTE);
    expect(world.log).toEqual([]);
  });

  test("after a stop nothing is fetched, computed or asked for", () => {
    const world = computing();
    world.send({ type: "stop_asked" });
    world.run(MINUTE);
    expect(world.state.mode).toBe("off");
    const before = world.log.length;
    world.run(60 * MINUTE);
    world.conditions({ hidden: true });
    world.conditions({ hidden: false });
    expect(world.log.slice(before)).toEqual([]);
  });
});

describe("the straight path", () => {
  test("computes what was leased, reports it, asks for more", () => {
    const world = computing({ workMs: 10_000 });
    world.run(5 * MINUTE);
    // 4 cores, 10 s each, 5 minutes less the start.
    expect(world.server.acknowledged.size).toBeGreaterThan(110);
    expect([...world.server.acknowledged.values()].every((report) => report.kind === "output")).toBe(true);
  });

  test("[R000.34] computes on the backend that a lease asks for, and on no other", () => {
    const world = new World({ gpu: true, workMs: 2_000 });
    world.server.boundTo = "wgsl";
    world.start();
    world.run(MINUTE);
    const backends = new Set(world.commands("run").map((command) => command.backend));
    expect([[...backends], world.server.acknowledged.size > 5]).toEqual([["wgsl"], true]);
  });

  test("fetches the device probe again until the server is there", () => {
    const world = new World();
    world.server.probeReachable = false;
    world.start();
    world.run(MINUTE);
    const tries = world.commands("check_device").length;
    expect([tries > 3, tries < 12, world.state.mode]).toEqual([true, true, "checking_device"]);
    world.server.probeReachable = true;
    world.run(MINUTE);
    expect(world.state.mode).toBe("on");
  });

  test("`once` makes one exchange for work, computes it, reports it, ends", () => {
    const world = new World({ once: true, workMs: 2_000 });
    world.start();
    world.run(MINUTE);
    expect(world.exchanges.filter((e) => (e.want?.results ?? 0) > 0)).toHaveLength(1);
    expect(world.server.acknowledged.size).toBe(world.server.granted.size);
    expect(world.server.granted.size).toBeGreaterThan(0);
    expect([world.state.mode, world.ended]).toEqual(["off", 1]);
  });

  test("`once` ends also when there is no work", () => {
    const world = new World({ once: true, supply: 0 });
    world.start();
    world.run(MINUTE);
    expect([world.state.mode, world.exchanges.length]).toEqual(["off", 1]);
  });
});

describe("busy all the time", () => {
  for (const [workMs, latencyMs] of [
    [1_000, 5],
    [1_000, 200],
    [200, 200],
    [30_000, 200],
  ] as const) {
    test(`workunits of ${workMs} ms at ${latencyMs} ms round trip: busy at least 97 %`, () => {
      const world = new World({ workMs, latencyMs });
      world.start();
      world.run(20_000);
      const before = world.computedMs;
      world.run(MINUTE);
      expect((world.computedMs - before) / (MINUTE * 4)).toBeGreaterThan(0.97);
    });
  }

  test("never more than two exchanges a second, however short the workunits", () => {
    const world = computing({ workMs: 50 });
    const before = world.exchanges.length;
    world.run(10_000);
    expect(world.exchanges.length - before).toBeLessThanOrEqual(20);
  });

  test("holds at least one spare per compute worker, and not a day's worth", () => {
    const world = computing({ workMs: 30_000 });
    world.run(10 * MINUTE);
    expect(world.state.tasks.size).toBe(8);
  });

  test("finished work that cannot be sent as fast as it is computed does not pile up without end", () => {
    const world = computing({ workMs: 100 });
    const { state } = world;
    const wanted = (waiting: number) => {
      const reports = new Map(Array.from({ length: waiting }, (_, n) => [`x${n}`, {} as QueuedReport]));
      return wantedResults({ ...state, tasks: new Map(), reports }, plan(state), world.nowMs);
    };
    expect(wanted(0)).toBeGreaterThan(4);
    expect(wanted(EXCHANGE_MAX_HELD - 3)).toBe(3);
    expect(wanted(EXCHANGE_MAX_HELD)).toBe(0);
    expect(wanted(EXCHANGE_MAX_HELD + 5)).toBe(0);
  });

  test("the GPU and the CPU cores compute together", () => {
    const world = computing({ gpu: true });
    expect([...world.runs.values()].map(({ backend }) => backend).sort()).toEqual([
      "wasm",
      "wasm",
      "wasm",
      "wasm",
      "wgsl",
    ]);
  });
});

test("a GPU that was switched off is looked at when it is switched on", () => {
  const world = computing({ settings: { useGpu: false } });
  expect(world.commands("check_device")).toHaveLength(1);
  world.send({ type: "settings_changed", settings: { ...world.state.settings, useGpu: true } });
  expect(world.commands("check_device")).toHaveLength(2);
});

describe("when there is no work", () => {
  test("waits as long as the server says, and asks again then", () => {
    const world = computing({ supply: 0 });
    world.server.callAgainSeconds = 120;
    world.run(2 * MINUTE);
    const before = world.exchanges.length;
    world.run(119_000);
    expect(world.exchanges.length).toBeLessThanOrEqual(before + 1);
    expect(world.state.noWork).toBe("no_work");
  });
});

describe("news", () => {
  test("while somebody looks and a result is being checked, the server is asked every few seconds", () => {
    const world = new World({ workMs: 20_000, supply: 4 });
    world.server.callAgainSeconds = 400;
    world.start();
    world.run(MINUTE);
    const asked = (): number => {
      const before = world.exchanges.length;
      world.run(2 * MINUTE);
      return world.exchanges.length - before;
    };
    expect(asked()).toBeLessThanOrEqual(1);
    world.conditions({ watched: true });
    expect(asked()).toBeGreaterThan(6);
  });
});

describe("leases", () => {
  test("are renewed while a workunit takes longer than its lease", () => {
    const world = new World({ workMs: 3_600_000 });
    world.server.leaseSeconds = 60;
    world.server.callAgainSeconds = 3_000;
    world.start();
    let lastMs = world.nowMs;
    let longest = 0;
    world.run(30 * MINUTE, () => {
      if (world.exchanges.length === 0 || world.state.exchangedAtMs === null) return;
      longest = Math.max(longest, world.state.exchangedAtMs - lastMs);
      lastMs = world.state.exchangedAtMs;
    });
    expect(longest).toBeLessThan(30_000);
  });

  test("every exchange names everything that is held and not reported in it", () => {
    const world = computing({ workMs: 2_000 });
    world.run(MINUTE);
    for (const { holds = [], reports = [] } of world.exchanges) {
      const reported = new Set(reports.map(({ resultId }) => resultId));
      expect(holds.filter(({ resultId }) => reported.has(resultId))).toEqual([]);
    }
  });

  test("an answer that was lost costs nothing: its leases are handed out again", () => {
    const world = new World({ supply: 8, workMs: 2_000, seed: 4 });
    world.server.loseAnswer = 0.5;
    world.start();
    world.run(5 * MINUTE);
    expect(world.server.acknowledged.size).toBe(8);
  });
});

describe("network", () => {
  test("backs off, keeps computing what is here, and sends everything when it is back", () => {
    const world = computing({ workMs: 2_000 });
    world.server.reachable = false;
    const before = world.exchanges.length;
    world.run(10 * MINUTE);
    expect(world.exchanges.length - before).toBeLessThan(25);
    expect(world.state.tasks.size).toBe(0);
    expect(world.state.reports.size).toBeGreaterThan(0);
    world.server.reachable = true;
    world.conditions({ online: false });
    world.conditions({ online: true });
    world.run(10_000);
    expect(world.server.acknowledged.size).toBeGreaterThan(8);
  });

  test("obeys Retry-After", () => {
    const world = computing();
    world.server.failure = { kind: "rate_limited", retryAfterMs: 90_000 };
    world.run(30_000);
    const failedAt = world.exchanges.length;
    expect(world.state.trouble?.kind).toBe("rate_limited");
    world.run(80_000);
    expect(world.exchanges.length).toBe(failedAt);
  });

  test("one malformed report does not keep the others back", () => {
    const world = computing({ workMs: 5_000 });
    world.server.reachable = false;
    world.run(MINUTE);
    world.server.reachable = true;
    const [bad] = [...world.state.reports.keys()];
    expect(world.state.reports.size).toBeGreaterThan(2);
    world.run(5 * MINUTE, () => {
      const last = world.exchanges.at(-1);
      const contains = last?.reports?.some(({ resultId }) => resultId === bad) === true;
      world.server.failure = contains ? { kind: "bad_request", message: "malformed" } : null;
    });
    expect(world.state.reports.size).toBeLessThan(6);
    expect(world.state.reports.has(bad ?? "")).toBe(false);
  });

  test("a newer protocol stops the client without losing work", () => {
    const world = computing({ workMs: 20_000 });
    world.run(15_000);
    world.server.failure = { kind: "client_outdated" };
    world.run(2 * MINUTE);
    expect(world.state.mode).toBe("outdated");
    expect(world.disk.tasks.size + world.disk.reports.size).toBeGreaterThanOrEqual(4);
    expect(world.commands("end")).toHaveLength(1);
  });
});

test("a turn that another tab took: stops with checkpoints and waits for the turn again", () => {
  const world = computing();
  world.run(12_000);
  world.send({ type: "turn_lost" });
  world.run(MINUTE);
  expect([world.commands("begin").length, world.ended, world.state.mode, world.runs.size]).toEqual([2, 1, "on", 4]);
});

describe("stop", () => {
  test("computes nothing any more within half a second, parks what was begun, hands back the rest", () => {
    const world = computing();
    world.run(12_000);
    const begun = new Set([...world.runs.values()].map(({ resultId }) => resultId));
    world.send({ type: "stop_asked" });
    world.run(500);
    expect(world.runs.size).toBe(0);
    world.run(MINUTE);
    expect(new Set(world.server.parked)).toEqual(begun);
    // So that what its page parks in the meantime stays parked.
    expect(world.exchanges.at(-1)?.want).toEqual({ results: 0, backends: [] });
    const handedBack = [...world.server.acknowledged.values()].filter(({ kind }) => kind === "returned");
    expect(handedBack).toHaveLength(4);
    expect(new Set(world.disk.tasks.keys())).toEqual(begun);
    expect(world.ended).toBe(1);
  });

  test("a Start while the server is still told of the Stop is heard, and so is a Stop after it", () => {
    for (const { last, mode, begun } of [
      { last: "start_asked", mode: "on", begun: 2 },
      { last: "stop_asked", mode: "off", begun: 1 },
    ] as const) {
      const world = computing({ latencyMs: 2_000 });
      world.run(12_000);
      world.send({ type: "stop_asked" });
      world.run(500);
      expect([world.state.mode, world.runs.size]).toEqual(["stopping", 0]);
      world.send({ type: "start_asked" });
      world.send({ type: last });
      world.run(MINUTE);
      expect([world.state.mode, world.commands("begin").length, world.ended]).toEqual([mode, begun, 1]);
    }
  });

  test("a compute worker that does not listen is terminated", () => {
    const world = computing();
    const [victim] = [...world.runs.values()];
    world.deaf.add(victim?.resultId ?? "");
    world.send({ type: "stop_asked" });
    world.run(500);
    expect(world.runs.size).toBe(0);
  });

  test("without a network it ends all the same, and the reports go out after the next start", () => {
    const world = computing({ workMs: 3_000 });
    world.server.reachable = false;
    world.run(10_000);
    world.send({ type: "stop_asked" });
    world.run(10_000);
    expect(world.state.mode).toBe("off");
    const kept = world.disk.reports.size;
    expect(kept).toBeGreaterThan(0);
    world.server.reachable = true;
    world.start();
    world.run(10_000);
    for (const id of world.disk.reports.keys()) expect(world.server.acknowledged.has(id)).toBe(false);
    expect(world.server.acknowledged.size).toBeGreaterThanOrEqual(kept);
  });
});

describe("after a crash", () => {
  test("goes on from the checkpoint, without losing a lease or a report", () => {
    const world = computing();
    world.run(12_000);
    const begun = new Set(world.disk.tasks.keys());
    expect(begun.size).toBe(4);
    world.crash();
    world.start();
    world.run(1_500);
    expect(new Set([...world.runs.values()].map(({ resultId }) => resultId))).toEqual(begun);
    world.run(5 * MINUTE);
    for (const id of begun) expect(world.server.acknowledged.get(id)?.kind).toBe("output");
  });

  test("a report and a checkpoint of one result: the report wins", () => {
    const world = computing({ workMs: 3_000 });
    world.server.reachable = false;
    world.run(10_000);
    const [id] = [...world.disk.reports.keys()];
    const report = world.disk.reports.get(id ?? "");
    expect(report).toBeDefined();
    const lease = world.server.granted.get(id ?? "");
    if (lease !== undefined) world.disk.tasks.set(lease.resultId, { lease, progress: 0.5 });
    world.crash();
    world.start();
    world.run(1_000);
    expect([world.disk.tasks.has(id ?? ""), world.disk.reports.has(id ?? "")]).toEqual([false, true]);
  });
});
