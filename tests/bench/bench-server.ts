import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startServerProcess } from "../support/server-process.ts";
import type { BenchDatabase } from "./bench-databases.ts";

/** The production server in a process of its own, with the limits that a single address running 64 hosts needs. */
export interface BenchServer {
  readonly url: string;
  readonly pid: number;
  /** Runs something that calls it; where that fails, the error also says what the server logged. */
  observe<T>(work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Documented settings (server/settings.ts), raised: 64 hosts behind one address are no ordinary visitors. */
export const BENCH_LIMITS = {
  ANONYMOUS_PER_HOUR: "1000000",
  EXCHANGES_PER_MINUTE: "1000000",
  CALLS_PER_MINUTE: "10000000",
};

export interface ServerOptions {
  /** Pages are served only where a browser visits; the exchange does not pass through them. */
  readonly pages: boolean;
  /** Of `createDataFolder`; files that a project stored must be where the server looks for them. */
  readonly dataFolder: string;
  readonly environment?: Record<string, string>;
}

export async function startBenchServer(database: BenchDatabase, options: ServerOptions): Promise<BenchServer> {
  const server = await startServerProcess(database.url, {
    ...BENCH_LIMITS,
    DATA_FOLDER: options.dataFolder,
    HOST: "127.0.0.1",
    PAGES: options.pages ? "on" : "off",
    ...options.environment,
  });
  if (server.child.pid === undefined) throw new Error("the server has no process id");
  return {
    url: server.url,
    pid: server.child.pid,
    async observe(work) {
      try {
        return await work();
      } catch (cause) {
        await delay(LOG_DELAY_MS);
        const said = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${said}\n  the server logged first: ${firstError(server.output())}`, { cause });
      }
    },
    async stop() {
      await server.stop();
    },
  };
}

/** The server's last lines may still be on their way. */
const LOG_DELAY_MS = 300;
const ERROR_LEVEL = 50;

/** The first error in a log of JSON lines; most often the others follow from it. */
function firstError(log: string): string {
  for (const line of log.split("\n")) {
    if (!line.startsWith("{")) continue;
    const entry = JSON.parse(line) as { level: number; msg?: string; err?: { message?: string; stack?: string } };
    if (entry.level >= ERROR_LEVEL) return `${entry.msg ?? ""}: ${entry.err?.stack ?? entry.err?.message ?? line}`;
  }
  return "nothing";
}

/** A folder for stored files, and what removes it. */
export async function createDataFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "quorate-bench-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
