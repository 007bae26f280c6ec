import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { inProject } from "../../server/paths.ts";
import { median } from "./measure.ts";

/** Looks at what a server keeps: takes a moment, in which the server collects. */
export type Look = () => Promise<void>;

/** What a server of the bench keeps in memory: the heap and what it refers to outside, after collecting (watch-memory.ts). */
export interface MemoryWatch {
  /** Environment of the server that is to be watched. */
  readonly environment: Record<string, string>;
  /** Runs `work`, which looks where there is something to be seen: what was kept then, at most and towards the end. */
  during<T>(pid: number, work: (look: Look) => Promise<T>): Promise<Kept<T>>;
  remove(): Promise<void>;
}
/** `lateBytes`: the median of the later half of the looks. */
export type Kept<T> = { result: T; peakBytes: number; lateBytes: number; looks: number };

const ANSWER_MS = 60_000;

export async function openMemoryWatch(): Promise<MemoryWatch> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-memory-"));
  const path = join(folder, "memory");
  const preload = pathToFileURL(inProject("tests/bench/watch-memory.ts")).href;
  const lines = async () => (await readFile(path, "utf8").catch(() => "")).split("\n").slice(0, -1).map(Number);
  async function lookAt(pid: number): Promise<number> {
    const before = (await lines()).length;
    process.kill(pid, "SIGUSR2");
    for (const began = performance.now(); performance.now() - began < ANSWER_MS; await delay(5)) {
      const bytes = (await lines())[before];
      if (bytes !== undefined) return bytes;
    }
    throw new Error("the server does not say what it keeps");
  }
  return {
    environment: { QUORATE_MEMORY_FILE: path, NODE_OPTIONS: `--import=${preload}` },
    async during(pid, work) {
      const seen: number[] = [];
      const result = await work(async () => {
        seen.push(await lookAt(pid));
      });
      return {
        result,
        peakBytes: Math.max(...seen),
        lateBytes: median(seen.slice(Math.floor(seen.length / 2))),
        looks: seen.length,
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The most memory that a process ever had, in bytes, from /proc; NaN where there is none. */
export function residentPeakBytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return Number.NaN;
  }
}
