import { describe, expect, test } from "vitest";
import { show } from "../../../worker/supervisor/core/show.ts";
import { World } from "./world.ts";

/** What the volunteer sees and chooses. */

function computing(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(options);
  world.start();
  world.run(5_000);
  return world;
}

describe("projects of one's own choice", () => {
  test("are told with every request for work, at once when they change, and not at all where none was made", () => {
    const world = computing({ workMs: 60_000 });
    expect(world.exchanges.every(({ want }) => want?.shares === undefined)).toBe(true);
    const before = world.exchanges.length;
    world.send({ type: "settings_changed", settings: { ...world.state.settings, shares: { lambda: 3, atlas: 1 } } });
    world.run(2_000);
    expect(world.exchanges.length).toBeGreaterThan(before);
    for (const { want } of world.exchanges.slice(before)) expect(want?.shares).toEqual({ lambda: 3, atlas: 1 });
  });
});

test("a Start while the server is still told of the Stop is seen at once", () => {
  const world = computing({ latencyMs: 2_000 });
  const phase = () =>
    show(
      world.state,
      { nowMs: world.nowMs, random: 0 },
      {
        wallOffsetMs: 0,
        secureContext: true,
        keepsAwakeWhenHidden: true,
        identity: null,
        storage: { usedBytes: 0, limitBytes: 0 },
        uploadedBytesToday: 0,
      },
    ).phase;
  world.run(12_000);
  world.send({ type: "stop_asked" });
  world.run(500);
  expect([world.state.mode, phase()]).toEqual(["stopping", "off"]);
  world.send({ type: "start_asked" });
  expect([world.state.mode, phase()]).toEqual(["stopping", "starting"]);
});

describe("how long it will still take", () => {
  /** A workunit of `workMs`, on a device that thinks it takes `typicalMs`, after `elapsedMs`; null: no experience. */
  const remaining = (facts: {
    typicalMs: number | null;
    progress: number;
    resumedFrom?: number;
    elapsedMs: number;
  }) => {
    const world = computing({ cores: 1, workMs: 100_000 });
    const [id = "", task] = [...world.state.tasks].find(([, { state }]) => state.at === "running") ?? [];
    if (task?.state.at !== "running") throw new Error("nothing runs");
    const { progress, resumedFrom = 0, elapsedMs, typicalMs } = facts;
    const running = { ...task.state, startedAtMs: world.nowMs - elapsedMs, progress, resumedFrom };
    const state = {
      ...world.state,
      tasks: new Map([[id, { ...task, state: running }]]),
      durationsMs: new Map(typicalMs === null ? [] : [[`wasm:${task.lease.appVersionHash}`, typicalMs]]),
    };
    const surroundings = {
      wallOffsetMs: 0,
      secureContext: true,
      keepsAwakeWhenHidden: false,
      identity: null,
      storage: { usedBytes: 0, limitBytes: 0 },
      uploadedBytesToday: 0,
    };
    return show(state, { nowMs: world.nowMs, random: 0 }, surroundings).workers[0]?.work?.remainingSeconds;
  };

  test.each([
    ["by experience at the beginning", { typicalMs: 40_000, progress: 0.02, elapsedMs: 1_000 }, 39],
    ["by its own speed later", { typicalMs: 1_000, progress: 0.25, elapsedMs: 10_000 }, 30],
    [
      "by the speed of this run, not of what was done before",
      { typicalMs: null, progress: 0.75, resumedFrom: 0.5, elapsedMs: 10_000 },
      10,
    ],
    ["unknown where nothing is known", { typicalMs: null, progress: 0.05, elapsedMs: 1_000 }, null],
    ["unknown where experience is plainly wrong, never 0", { typicalMs: 300, progress: 0, elapsedMs: 5_000 }, null],
    ["a second at least, as long as it runs", { typicalMs: 10_000, progress: 1, elapsedMs: 10_000 }, 1],
  ])("%s", (_, facts, seconds) => {
    expect(remaining(facts)).toBe(seconds);
  });
});
