import { readFile } from "node:fs/promises";
import { join } from "node:path";
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
    restart: () => start(cluster, port),
    stop: () => postgres.stop(),
  };
}
