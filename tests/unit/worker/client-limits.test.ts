import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readBattery } from "../../../worker/hosts/node/battery.ts";
import { ConfigError, readFlags, settingsOf } from "../../../worker/hosts/node/options.ts";
import { amountsOf, ownSettings } from "../../../worker/page/amounts.ts";
import { downloadBytesLeft, downloadsHeld } from "../../../worker/supervisor/core/governor.ts";
import { DEFAULT_SETTINGS, UNKNOWN_CONDITIONS } from "../../../worker/supervisor/core/initial.ts";
import { show } from "../../../worker/supervisor/core/show.ts";
import { openDayTraffic } from "../../../worker/supervisor/day-traffic.ts";
import { createMemoryStore } from "../../../worker/supervisor/store.ts";
import { World } from "./world.ts";

/** What the volunteer's own limits do to the client, and how they are told to it. */

const MINUTE = 60_000;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-limits-"));
  folders.push(folder);
  return folder;
}

describe("megabytes of the day", () => {
  const settings = (downloadMegabytesPerDay: number | null) => ({ ...DEFAULT_SETTINGS, downloadMegabytesPerDay });
  const day = (downloadedBytesToday: number, more = {}) => ({ ...UNKNOWN_CONDITIONS, downloadedBytesToday, ...more });

  for (const [name, limit, conditions, left, held] of [
    ["no limit", null, day(1e12), Number.POSITIVE_INFINITY, undefined],
    ["no limit, but the browser saves data", null, day(0, { saveData: true }), 0, "paused_save_data"],
    ["a limit counts more than saving data", 10, day(0, { saveData: true }), 10e6, undefined],
    ["one byte left", 10, day(10e6 - 1), 1, undefined],
    ["used up", 10, day(10e6), 0, "paused_daily_download"],
    ["a file that was too large for the rest", 10, day(1e6, { downloadsSpent: true }), 9e6, "paused_daily_download"],
  ] as const) {
    test(name, () => {
      expect(downloadBytesLeft(settings(limit), conditions)).toBe(left);
      expect(downloadsHeld(settings(limit), conditions)?.key).toBe(held);
    });
  }

  test("work whose files may not be fetched is handed back without blame, and no more is asked for", () => {
    const world = new World({ settings: { downloadMegabytesPerDay: 10 }, cores: 1 });
    world.filesFail = "held";
    world.start();
    world.run(400);
    world.conditions({ downloadedBytesToday: 10e6 });
    world.run(10 * MINUTE);
    const kinds = [...world.server.acknowledged.values()].map(({ kind }) => kind);
    expect(kinds.length).toBeGreaterThan(0);
    expect(new Set(kinds)).toEqual(new Set(["returned"]));
    expect(world.state.tasks.size).toBe(0);
    expect(world.exchanges.at(-1)?.want?.results ?? 0).toBe(0);
  });

  test("are counted over restarts, and begin anew at midnight", async () => {
    const store = createMemoryStore();
    let wallMs = new Date(2026, 10, 20, 23, 59).getTime();
    const host = { store, wallMs: () => wallMs, nowMs: () => 0 };
    const traffic = await openDayTraffic(host);
    traffic.add({ down: 5, up: 2 });
    traffic.spend();
    await store.write([{ put: "facts", key: "traffic", value: traffic.today() }]);
    const again = await openDayTraffic(host);
    again.add({ down: 1, up: 0 });
    expect(again.today()).toMatchObject({ down: 6, up: 2, spent: true });
    wallMs += 2 * MINUTE;
    expect(again.conditions()).toMatchObject({ minuteOfDay: 1, downloadedBytesToday: 0, downloadsSpent: false });
  });
});

describe("storage", () => {
  const surroundings = {
    wallOffsetMs: 0,
    secureContext: true,
    keepsAwakeWhenHidden: false,
    identity: null,
    storage: { usedBytes: 0, limitBytes: 0 },
    uploadedBytesToday: 0,
  };
  const shown = (world: World) => show(world.state, { nowMs: world.nowMs, random: 0 }, surroundings);

  test("where there is none, nothing computes and the volunteer reads why", () => {
    const world = new World();
    world.start();
    world.send({ type: "storage_unavailable", message: "private window" });
    world.run(MINUTE);
    expect(shown(world)).toMatchObject({
      phase: "failed",
      reason: { key: "storage_unavailable", values: { message: "private window" } },
    });
    expect([world.exchanges.length, world.runs.size, world.ended]).toEqual([0, 0, 1]);
  });

  test("that is full stops nothing; it is said until something can be stored again", () => {
    const world = new World();
    world.start();
    world.run(5_000);
    world.send({ type: "storage_trouble", message: "quota" });
    expect(shown(world)).toMatchObject({ phase: "computing", reason: { key: "storage_full" } });
    world.send({ type: "storage_trouble", message: null });
    expect(shown(world)).toMatchObject({ phase: "computing", reason: null });
  });
});

describe("the record of what ran here", () => {
  test("names what was begun and handed back or given up, at the time it ended", () => {
    const world = new World({ cores: 2, workMs: MINUTE });
    world.server.callAgainSeconds = 5;
    world.start();
    world.conditions({ wallOffsetMs: 1_000_000 });
    world.run(4_000);
    const [first = "", second = ""] = [...world.runs.values()].map(({ resultId }) => resultId);
    world.server.abort.add(first);
    world.run(3 * MINUTE);
    const record = world.disk.records;
    expect(record.get(first)).toMatchObject({ ended: "aborted", backend: "wasm", errorCode: null });
    const lasted = (record.get(first)?.finishedAtMs ?? 0) - (record.get(first)?.startedAtMs ?? 0);
    expect(record.get(first)?.startedAtMs).toBeGreaterThan(1_000_000);
    expect(lasted).toBeLessThan(15_000);
    expect(record.get(second)).toMatchObject({ ended: "output" });
  });
});

describe("amounts", () => {
  test("of a preset are where one's own settings begin", () => {
    const settings = { ...DEFAULT_SETTINGS, preset: "gentle" as const };
    const own = ownSettings(settings, 8);
    expect(own).toEqual({ preset: "custom", cpuWorkers: 2, cpuShare: 0.5, gpuShare: 0.3 });
    expect(amountsOf({ ...settings, ...own }, 8)).toEqual(amountsOf(settings, 8));
    expect(ownSettings({ ...settings, ...own }, 8)).toEqual({});
  });
});

describe("headless settings", () => {
  async function configFile(content: string): Promise<string> {
    const path = join(await temporaryFolder(), "settings.json");
    await writeFile(path, content);
    return path;
  }
  const read = (argv: string[]) =>
    settingsOf(
      readFlags(argv, (typed) => typed),
      4,
    );

  test("from a file are those of the flags, and flags count more", async () => {
    const flags = ["--workers", "2", "--no-gpu", "--quiet-hours", "22:30-07:00", "--project", "a=2", "b"];
    const path = await configFile(
      JSON.stringify({ workers: 2, gpu: false, quietHours: "22:30-07:00", project: { a: 2, b: 1 }, share: 0.5 }),
    );
    expect(read(["--config", path, "--share", "1"])).toEqual(read(flags));
    expect(read(["--config", path])).toMatchObject({
      cpuWorkers: 2,
      cpuShare: 0.5,
      useGpu: false,
      quietHours: { fromMinute: 1350, toMinute: 420 },
      shares: { a: 2, b: 1 },
    });
    expect(read(["--config", path, "--project", "c"]).shares).toEqual({ c: 1 });
  });

  test("that are none are refused with a sentence", async () => {
    const refusal = async (content: string) => {
      const path = await configFile(content);
      return () => readFlags(["--config", path], (typed) => typed);
    };
    expect(await refusal('{"wrokers": 2}')).toThrow(/"wrokers", which is no setting. The settings are: .*workers/);
    expect(await refusal("[1]")).toThrow(ConfigError);
    expect(await refusal("{")).toThrow(/is no JSON/);
    expect(() => readFlags(["--config", "/nowhere"], (typed) => typed)).toThrow(/cannot be read/);
  });

  test("know the battery where the system tells", async () => {
    const folder = await temporaryFolder();
    const supply = async (name: string, facts: Record<string, string>) => {
      await mkdir(join(folder, name));
      for (const [file, text] of Object.entries(facts)) await writeFile(join(folder, name, file), `${text}\n`);
    };
    expect(await readBattery(folder)).toBeNull();
    await supply("AC", { type: "Mains" });
    await supply("BAT-mouse", { type: "Battery", scope: "Device", capacity: "3", status: "Discharging" });
    expect(await readBattery(folder)).toBeNull();
    await supply("BAT0", { type: "Battery", capacity: "41", status: "Discharging" });
    expect(await readBattery(folder)).toEqual({ charging: false, level: 0.41 });
  });
});
