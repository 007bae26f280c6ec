import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { withFileLock } from "../../start/file-lock.ts";
import type { StartError } from "../../start/start-error.ts";
import { type Cluster, clusterUrl, freePort, initialise, runningPort, start, stop } from "./cluster.ts";
import { type Placed, placeCluster } from "./place.ts";

const DATABASE = "quorate";
/** Key of the advisory lock that every process using this PostgreSQL holds, shared, on a connection of its own. */
const MEMBERS_LOCK = 7_110_001;
/** After kill -9 of PostgreSQL its children need about two seconds to go; until then starting fails. */
const RESTART_PATIENCE_MS = 20_000;
const RETRY_MS = 500;

/** Room for a server's pool, the tools beside it and several servers; and fewer checkpoints under steady writing. */
export const EMBEDDED_SETTINGS: readonly string[] = [
  "max_connections = 200",
  "shared_buffers = '256MB'",
  "max_wal_size = '2GB'",
  "checkpoint_timeout = '15min'",
];

export type EmbeddedPostgres = {
  url: string;
  /** Leaves; the last process to leave stops PostgreSQL. */
  leave(): Promise<void>;
};

export type JoinOptions = {
  dataFolder: string;
  /** Told about what a person may wonder at: where data went, a database found running, a restart. One sentence each. */
  say(sentence: string): void;
};

/**
 * Joins the project's own PostgreSQL: makes it when there is none, starts it when it is down, adopts it when it is still
 * running (another server uses it, or one was killed). While joined it is watched: should it die, it is started again.
 *
 * Membership is a shared advisory lock held by a connection: it ends with the process however that ends, so "am I the
 * last one?" is answered by PostgreSQL and never by files left over.
 * @throws {StartError}
 */
export async function joinPostgres(options: JoinOptions): Promise<EmbeddedPostgres> {
  const placed = await placeCluster(options.dataFolder, options.say);
  const lockFile = join(options.dataFolder, "postgres.lock");
  let keeper: pg.Client | undefined;
  let leaving = false;
  let port = 0;

  async function enter(reason: "first" | "again"): Promise<void> {
    await withFileLock(lockFile, async () => {
      port = await ensureRunning(placed, { say: options.say, fixedPort: reason === "again" ? port : undefined });
      keeper = await connectKeeper(clusterUrl(placed.cluster, port, "postgres"), () => void comeBack());
    });
  }

  /** The keeper's connection broke: PostgreSQL was stopped or killed, by somebody else than us. */
  async function comeBack(): Promise<void> {
    keeper = undefined;
    while (!leaving && keeper === undefined) {
      try {
        await enter("again");
        options.say("PostgreSQL had gone away and is back.");
      } catch (error) {
        options.say(
          `PostgreSQL has gone away and does not come back: ${error instanceof Error ? error.message : error}`,
        );
        await delay(RETRY_MS);
      }
    }
  }

  await enter("first");
  return {
    url: clusterUrl(placed.cluster, port, DATABASE),
    async leave() {
      leaving = true;
      await withFileLock(lockFile, () => leavePostgres(placed.cluster, keeper));
    },
  };
}

async function leavePostgres(cluster: Cluster, keeper: pg.Client | undefined): Promise<void> {
  if (keeper === undefined) return;
  keeper.removeAllListeners("end");
  await keeper.query("select pg_advisory_unlock_shared($1)", [MEMBERS_LOCK]);
  const answer = await keeper.query<{ alone: boolean }>("select pg_try_advisory_lock($1) as alone", [MEMBERS_LOCK]);
  await keeper.end();
  if (answer.rows[0]?.alone === true) await stop(cluster);
}

/** @returns the port it answers on. */
async function ensureRunning(
  placed: Placed,
  how: { say(sentence: string): void; fixedPort: number | undefined },
): Promise<number> {
  const { cluster } = placed;
  const running = await runningPort(cluster);
  if (running !== undefined) return running;
  await initialise(cluster, EMBEDDED_SETTINGS);
  // Pools elsewhere know the port: a PostgreSQL that died comes back on the same one.
  const port = how.fixedPort ?? (await freePort(placed.port));
  await startPatiently(cluster, port);
  if (port !== placed.port) await placed.rememberPort(port);
  await ensureDatabase(clusterUrl(cluster, port, "postgres"));
  return port;
}

async function startPatiently(cluster: Cluster, port: number): Promise<void> {
  const giveUpAt = Date.now() + RESTART_PATIENCE_MS;
  for (;;) {
    try {
      return await start(cluster, port);
    } catch (error) {
      if (Date.now() >= giveUpAt || !/lock file|shared memory|in use/.test((error as StartError).message)) throw error;
      await delay(RETRY_MS);
    }
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function connectKeeper(url: string, onEnd: () => void): Promise<pg.Client> {
  const keeper = new pg.Client({ connectionString: url, application_name: "quorate member", keepAlive: true });
  keeper.on("error", () => undefined); // "end" follows and is what we act on.
  await keeper.connect();
  await keeper.query("select pg_advisory_lock_shared($1)", [MEMBERS_LOCK]);
  keeper.once("end", onEnd);
  return keeper;
}
