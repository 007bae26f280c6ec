import { describe, expect, test } from "vitest";
import { plan } from "../../../worker/supervisor/core/governor.ts";
import { World } from "./world.ts";

/** When nothing may compute, by the volunteer's wish or the device's state, and how it goes on afterwards. */

const MINUTE = 60_000;

function computing(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(options);
  world.start();
  world.run(5_000);
  return world;
}

describe("pauses", () => {
  for (const [name, settings, conditions, key] of [
    ["on battery", {}, { battery: { charging: false, level: 0.9 } }, "paused_on_battery"],
    ["below the charge", { onBattery: "continue" }, { battery: { charging: true, level: 0.1 } }, "paused_low_charge"],
    ["in quiet hours", { quietHours: { fromMinute: 1320, toMinute: 360 } }, { minuteOfDay: 30 }, "paused_quiet_hours"],
  ] as const) {
    test(`${name}: stops with checkpoints, parks, and goes on from them`, () => {
      const world = new World({ settings });
      world.conditions({ minuteOfDay: 720 });
      world.start();
      world.run(17_000);
      const begun = [...world.runs.values()].map(({ resultId }) => resultId);
      world.conditions(conditions);
      expect(plan(world.state).paused?.key).toBe(key);
      world.run(5_000);
      expect(world.runs.size).toBe(0);
      expect(new Set(world.server.parked)).toEqual(new Set(begun));
      const asked = world.exchanges.length;
      world.run(10 * MINUTE);
      expect(world.exchanges.length).toBe(asked);
      world.conditions({ battery: null, minuteOfDay: 720 });
      world.run(1_000);
      expect([...world.runs.values()].map(({ resultId }) => resultId).sort()).toEqual(begun.sort());
      const running = [...world.state.tasks.values()].flatMap(({ state }) => (state.at === "running" ? [state] : []));
      expect(running.every(({ resumedFrom }) => resumedFrom > 0.3)).toBe(true);
    });
  }

  test("that end with nothing at hand ask for work at once, whenever the server wanted to be called again", () => {
    const world = new World({ cores: 1 });
    world.server.callAgainSeconds = 600;
    world.conditions({ battery: { charging: true, level: 1 } });
    world.start();
    world.run(4_000);
    // Begun a moment ago, without a checkpoint: everything goes back.
    for (const { resultId } of world.runs.values()) world.deaf.add(resultId);
    world.conditions({ battery: { charging: false, level: 1 } });
    world.run(20_000);
    expect(world.state.tasks.size).toBe(0);
    world.conditions({ battery: { charging: true, level: 1 } });
    world.run(2_000);
    expect(world.runs.size).toBe(1);
  });

  test("settings that leave nothing to compute with hold nothing up once they are changed back", () => {
    const world = computing({ cores: 2, settings: { preset: "custom", cpuWorkers: 2, cpuShare: 1 } });
    const change = (cpuWorkers: number) =>
      world.send({ type: "settings_changed", settings: { ...world.state.settings, cpuWorkers } });
    change(0);
    world.run(3_000);
    expect([world.runs.size, world.state.tasks.size]).toEqual([0, 0]);
    change(2);
    world.run(3_000);
    expect(world.runs.size).toBe(2);
  });

  test("hidden by the volunteer's wish: gives the turn away, comes back when seen", () => {
    const world = computing({ settings: { whenHidden: "pause" } });
    world.run(12_000);
    const begun = [...world.runs.values()].map(({ resultId }) => resultId);
    world.conditions({ hidden: true });
    world.run(5_000);
    expect([world.state.mode, world.ended, world.runs.size]).toEqual(["resting", 1, 0]);
    world.conditions({ hidden: false });
    world.run(2_000);
    expect(world.state.mode).toBe("on");
    expect([...world.runs.values()].map(({ resultId }) => resultId).sort()).toEqual(begun.sort());
    expect(world.commands("check_device")).toHaveLength(1);
  });

  test("hidden computing goes on when the volunteer said so", () => {
    const world = computing({ settings: { whenHidden: "continue" } });
    world.conditions({ hidden: true });
    world.run(MINUTE);
    expect(world.runs.size).toBe(4);
  });

  test("a day's downloads used up: what is here is computed, nothing more is asked for", () => {
    const world = computing({ settings: { downloadMegabytesPerDay: 10 }, workMs: 2_000 });
    world.conditions({ downloadedBytesToday: 10_000_000 });
    world.run(MINUTE);
    expect([world.runs.size, world.state.tasks.size, world.state.reports.size]).toEqual([0, 0, 0]);
  });
});
