import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const RETRY_MS = 100;

export type LockOptions = {
  /** Told once, with the process id, when somebody else holds the lock. */
  onWait?: (pid: number) => void;
  /** Ends the waiting. */
  signal?: AbortSignal;
};

/**
 * Runs `use` while holding the lock file `path`. The file names the process that holds it, so a lock whose process is
 * gone is taken over at once.
 */
export async function withFileLock<T>(path: string, use: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const mine = describeProcess(process.pid);
  let told = false;
  while (!(await tryAcquire(path, mine))) {
    const holder = (await readFile(path, "utf8").catch(() => "")).trim();
    if (holder !== "" && !isRunning(holder)) {
      await removeStale(path, holder);
      continue;
    }
    const pid = Number.parseInt(holder, 10);
    if (!told && Number.isInteger(pid)) options.onWait?.(pid);
    told = true;
    await delay(RETRY_MS, undefined, { ...(options.signal && { signal: options.signal }) });
  }
  try {
    return await use();
  } finally {
    await unlink(path).catch(ignoreMissing);
  }
}

/** A hard link appears with its content or not at all: nobody ever reads a half-written lock. */
async function tryAcquire(path: string, content: string): Promise<boolean> {
  const candidate = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(candidate, content, { mode: 0o600 });
  try {
    await link(candidate, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(candidate).catch(ignoreMissing);
  }
}

/** Renaming first makes sure that of two processes that see the same dead holder only one removes it. */
async function removeStale(path: string, expected: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    await rename(path, aside);
  } catch (error) {
    return ignoreMissing(error as NodeJS.ErrnoException);
  }
  const found = (await readFile(aside, "utf8")).trim();
  // Between our look and our rename another process took the lock properly: give it back.
  if (found !== expected) await link(aside, path).catch(ignoreExisting);
  await unlink(aside).catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

/** "pid startTime": process ids are used again, start times on one machine are not (Linux; elsewhere the id alone). */
export function describeProcess(pid: number): string {
  return `${pid} ${startTimeOf(pid)}`.trim();
}

/** Is the process that `describeProcess` described still there? */
export function isRunning(description: string): boolean {
  const [pidText = "", startTime = ""] = description.trim().split(" ");
  const pid = Number.parseInt(pidText, 10);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return startTime === "" || startTimeOf(pid) === startTime;
}

/** Field 22 of /proc/PID/stat, in clock ticks since boot; "" where there is no such file. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may contain anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
