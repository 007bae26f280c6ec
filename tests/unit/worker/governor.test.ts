import { describe, expect, test } from "vitest";
import { backoffMs } from "../../../worker/supervisor/core/backoff.ts";
import { type Brake, nextBrake } from "../../../worker/supervisor/core/effect.ts";
import { downloadsHeld, isQuiet, plan, sharesOf } from "../../../worker/supervisor/core/governor.ts";
import { DEFAULT_SETTINGS, UNKNOWN_CONDITIONS } from "../../../worker/supervisor/core/initial.ts";
import { BACKOFF_MAX_MS } from "../../../worker/supervisor/core/limits.ts";
import type { Conditions } from "../../../worker/supervisor/core/types.ts";
import type { VolunteerSettings } from "../../../worker/supervisor/view.ts";

const FREE: Brake = { brake: 1, changedAtMs: 0, cause: null };

function planned(settings: Partial<VolunteerSettings>, conditions: Partial<Conditions> = {}, brake = FREE) {
  return plan({
    settings: { ...DEFAULT_SETTINGS, ...settings },
    conditions: { ...UNKNOWN_CONDITIONS, ...conditions },
    cores: 8,
    brake,
  });
}

const onBattery = (level: number) => ({ battery: { charging: false, level } });
const charging = (level: number) => ({ battery: { charging: true, level } });

describe("presets", () => {
  test.each([
    ["gentle", 8, 2, 0.5],
    ["gentle", 1, 1, 0.5],
    ["balanced", 8, 4, 0.8],
    ["balanced", 2, 1, 0.8],
    ["balanced", 1, 1, 0.8],
    ["all", 8, 8, 1],
  ] as const)("%s on %i cores: %i workers at %d of the time", (preset, cores, workers, share) => {
    const shares = sharesOf({ ...DEFAULT_SETTINGS, preset }, cores);
    expect([shares.cpuWorkers, shares.cpuShare]).toEqual([workers, share]);
  });

  test("custom obeys the sliders within what there is; no GPU means no GPU", () => {
    const settings = { ...DEFAULT_SETTINGS, preset: "custom" as const, cpuWorkers: 20, cpuShare: 0, gpuShare: 7 };
    expect(sharesOf(settings, 8)).toMatchObject({ cpuWorkers: 8, cpuShare: 0.05, gpuShare: 1 });
    expect(sharesOf({ ...settings, useGpu: false }, 8).gpuShare).toBe(0);
    expect(sharesOf({ ...settings, preset: "all", useGpu: false }, 8).gpuShare).toBe(0);
  });
});

describe("pauses and why", () => {
  test.each<[string, Partial<VolunteerSettings>, Partial<Conditions>, string | undefined]>([
    ["visible", {}, {}, undefined],
    ["hidden, to go on", {}, { hidden: true }, undefined],
    ["hidden, to pause", { whenHidden: "pause" }, { hidden: true }, "paused_hidden"],
    ["on battery", {}, onBattery(1), "paused_on_battery"],
    ["on battery, allowed, full enough", { onBattery: "continue" }, onBattery(0.2), undefined],
    ["on battery, allowed, too low", { onBattery: "continue" }, onBattery(0.19), "paused_low_charge"],
    ["charging, too low", {}, charging(0.19), "paused_low_charge"],
    ["charging, no minimum", { minimumCharge: 0 }, charging(0), undefined],
    ["before quiet hours", { quietHours: { fromMinute: 540, toMinute: 600 } }, { minuteOfDay: 539 }, undefined],
    ["in quiet hours", { quietHours: { fromMinute: 540, toMinute: 600 } }, { minuteOfDay: 540 }, "paused_quiet_hours"],
    ["at their end", { quietHours: { fromMinute: 540, toMinute: 600 } }, { minuteOfDay: 600 }, undefined],
    ["offline, with work here", {}, { online: false }, undefined],
  ])("%s", (_name, settings, conditions, key) => {
    expect(planned(settings, conditions).paused?.key).toBe(key);
  });

  test("quiet hours run over midnight, and equal ends are none", () => {
    const night = { fromMinute: 1320, toMinute: 360 };
    expect([1319, 1320, 0, 359, 360].map((minute) => isQuiet(night, minute))).toEqual([false, true, true, true, false]);
    expect(isQuiet({ fromMinute: 60, toMinute: 60 }, 60)).toBe(false);
    expect(planned({ quietHours: night }, { minuteOfDay: 0 }).paused?.values).toEqual({ until: "06:00" });
  });

  test("downloads: the day's limit, and a device that wants to save data unless a limit was chosen", () => {
    const held = (settings: Partial<VolunteerSettings>, conditions: Partial<Conditions>) =>
      downloadsHeld({ ...DEFAULT_SETTINGS, ...settings }, { ...UNKNOWN_CONDITIONS, ...conditions })?.key;
    expect(held({}, {})).toBeUndefined();
    expect(held({}, { saveData: true })).toBe("paused_save_data");
    expect(held({ downloadMegabytesPerDay: 5 }, { saveData: true, downloadedBytesToday: 4_999_999 })).toBeUndefined();
    expect(held({ downloadMegabytesPerDay: 5 }, { downloadedBytesToday: 5_000_000 })).toBe("paused_daily_download");
  });
});

describe("own effect", () => {
  const look = (brake: Brake, preset: VolunteerSettings["preset"], conditions: Partial<Conditions>, nowMs: number) =>
    nextBrake(brake, { ...UNKNOWN_CONDITIONS, ...conditions }, preset, nowMs);

  test.each([
    ["gentle", { pageLagMs: 51 }, true],
    ["gentle", { pageLagMs: 50 }, false],
    ["balanced", { effectRatio: 2.6 }, true],
    ["balanced", { effectRatio: 2.5 }, false],
    ["all", { effectRatio: 100 }, false],
    ["all", { pageLagMs: 251 }, true],
    ["balanced", {}, false],
  ] as const)("%s at %o yields: %s", (preset, conditions, yields) => {
    expect(look(FREE, preset, conditions, 10_000).brake < 1).toBe(yields);
  });

  test("yields step by step to a floor, says why, and comes back when it is quiet", () => {
    let brake = FREE;
    for (let nowMs = 2_000; nowMs <= 60_000; nowMs += 2_000) brake = look(brake, "balanced", { pageLagMs: 120 }, nowMs);
    expect(brake).toMatchObject({ brake: 0.5, cause: { kind: "page_lag", milliseconds: 120 } });
    expect(planned({}, {}, brake)).toMatchObject({
      cpuShare: 0.4,
      slower: { key: "slower_page_lag", values: { milliseconds: 120 } },
    });
    for (let nowMs = 62_000; nowMs <= 80_000; nowMs += 2_000) brake = look(brake, "balanced", { pageLagMs: 1 }, nowMs);
    expect(brake).toMatchObject({ brake: 1, cause: null });
  });

  test("says how busy the device is in words that make sense, also where it is a hundred times slower", () => {
    const slower = (ratio: number) =>
      planned({}, {}, { brake: 0.75, changedAtMs: 0, cause: { kind: "busy_device", ratio } }).slower;
    expect(slower(2.63)).toEqual({ key: "slower_busy_device", values: { times: 2.6 } });
    expect(slower(79.5)).toEqual({ key: "slower_busy_device", values: { times: 10 } });
  });

  test("does not hunt: between half of the tolerance and the tolerance nothing changes", () => {
    const held: Brake = { brake: 0.7, changedAtMs: 0, cause: { kind: "page_lag", milliseconds: 90 } };
    expect(look(held, "balanced", { pageLagMs: 60 }, 10_000)).toBe(held);
  });

  test("one change per two seconds: the measurement must see the effect first", () => {
    const held: Brake = { brake: 0.8, changedAtMs: 9_000, cause: null };
    expect(look(held, "balanced", { pageLagMs: 500 }, 10_999)).toBe(held);
    expect(look(held, "balanced", { pageLagMs: 500 }, 11_000)).not.toBe(held);
  });
});

test("back-off doubles, is capped, and half of it is chance", () => {
  expect([1, 2, 3].map((failures) => [backoffMs(failures, 0), backoffMs(failures, 0.999999)])).toEqual([
    [500, expect.closeTo(1_000, 0)],
    [1_000, expect.closeTo(2_000, 0)],
    [2_000, expect.closeTo(4_000, 0)],
  ]);
  expect(backoffMs(10_000, 0.5)).toBe(BACKOFF_MAX_MS * 0.75);
});
