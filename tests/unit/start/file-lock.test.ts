import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeProcess, isRunning, withFileLock } from "../../../server/start/file-lock.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("lets one in at a time, and leaves nothing behind", async () => {
  const lock = join(folder, "lock");
  let inside = 0;
  let most = 0;
  const visit = () =>
    withFileLock(lock, async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    });
  await Promise.all([visit(), visit(), visit()]);
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

it("takes over a lock whose process is gone", async () => {
  const lock = join(folder, "lock");
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  await writeFile(lock, `${gone} 1`);
  expect(await withFileLock(lock, () => Promise.resolve("entered"))).toBe("entered");
  expect(existsSync(lock)).toBe(false);
});

it("waits for a living process, tells which, and can be called off", async () => {
  const lock = join(folder, "lock");
  await writeFile(lock, describeProcess(process.pid));
  const calling = new AbortController();
  const told: number[] = [];
  const entering = withFileLock(lock, () => Promise.resolve(), {
    signal: calling.signal,
    onWait(pid) {
      told.push(pid);
      calling.abort();
    },
  });
  await expect(entering).rejects.toThrow(/abort/i);
  expect(told).toEqual([process.pid]);
});

it("does not take another process with a used-again number for the holder", () => {
  expect(isRunning(describeProcess(process.pid))).toBe(true);
  if (process.platform === "linux") expect(isRunning(`${process.pid} 1`)).toBe(false);
  expect(isRunning("nonsense")).toBe(false);
});
