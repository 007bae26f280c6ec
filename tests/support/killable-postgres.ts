import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { start } from "../../server/database/embedded/cluster.ts";
import { startTemporaryPostgres } from "../../server/database/embedded/temporary.ts";

export type KillablePostgres = {
  url: string;
  /** kill -9 of the postmaster; its children follow within seconds. */
  kill(): Promise<void>;
  /** Starts it again on the same port, as soon as nothing is left of the one before. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** Children of a killed postmaster hold its shared memory until they notice. */
const RESTART_PATIENCE_MS = 60_000;
const RETRY_MS = 200;

/** A PostgreSQL that keeps its promises (fsync and synchronous commit on), to be killed under its users. */
export async function startKillablePostgres(): Promise<KillablePostgres> {
  const postgres = await startTemporaryPostgres({ durable: true });
  const { cluster, port, url } = postgres;
  return {
    url,
    async kill() {
      const file = await readFile(join(cluster.data, "postmaster.pid"), "utf8");
      process.kill(Number.parseInt(file, 10), "SIGKILL");
    },
    async restart() {
      for (const giveUpAt = Date.now() + RESTART_PATIENCE_MS; ; ) {
        try {
          return await start(cluster, port);
        } catch (error) {
          if (Date.now() > giveUpAt || !/lock file|shared memory|in use/.test((error as Error).message)) throw error;
          await delay(RETRY_MS);
        }
      }
    },
    stop: () => postgres.stop(),
  };
}
