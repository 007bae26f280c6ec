import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeProcess, isRunning } from "../../start/file-lock.ts";
import { accountForPostgres } from "./account.ts";
import { type Cluster, clusterUrl, freePort, initialise, start, stop } from "./cluster.ts";
import { usableBinaries } from "./place.ts";

const PREFIX = "quorate-postgres-";

/** Durability is what tests and throw-away databases do without; kill tests ask for it back. */
const FAST = ["fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 300"];
const DURABLE = ["max_connections = 300"];

export type TemporaryPostgres = {
  /** Address of a database `postgres`, as a superuser. */
  url: string;
  cluster: Cluster;
  port: number;
  stop(): Promise<void>;
};

/** A PostgreSQL of one's own in a temporary folder, gone after `stop`. */
export async function startTemporaryPostgres(options: { durable?: boolean } = {}): Promise<TemporaryPostgres> {
  await removeAbandoned();
  const account = accountForPostgres();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  await chmod(folder, 0o755);
  await writeFile(join(folder, "owner"), describeProcess(process.pid));
  const cluster: Cluster = {
    binaries: (await usableBinaries(account)).folder,
    data: join(folder, "data"),
    logFile: join(folder, "postgres.log"),
    account,
    password: randomBytes(24).toString("hex"),
  };
  await initialise(cluster, options.durable === true ? DURABLE : FAST);
  const port = await freePort();
  await start(cluster, port);
  return {
    url: clusterUrl(cluster, port, "postgres"),
    cluster,
    port,
    async stop() {
      await stop(cluster);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs `use` with a PostgreSQL that exists only for it. */
export async function withTemporaryPostgres<T>(use: (url: string) => Promise<T>): Promise<T> {
  const postgres = await startTemporaryPostgres();
  try {
    return await use(postgres.url);
  } finally {
    await postgres.stop();
  }
}

/** A process that was killed leaves its temporary PostgreSQL running: the next one that starts one puts it away. */
async function removeAbandoned(): Promise<void> {
  const account = accountForPostgres();
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const owner = await readFile(join(folder, "owner"), "utf8").catch(() => "");
    // Without the file somebody is just making it; a folder we may not read is another user's.
    if (owner === "" || isRunning(owner)) continue;
    const data = join(folder, "data");
    const { folder: binaries } = await usableBinaries(account);
    await stop({ binaries, data, logFile: join(folder, "postgres.log"), account, password: "" });
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
