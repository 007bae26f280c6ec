import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../server/database/embedded/cluster.ts";
import type { Pool } from "../../server/database/pool.ts";
import { type Deps, openDeps } from "../../server/deps.ts";
import { cloneDatabaseAt } from "./clone-database.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";

/** Many volunteers of one machine take part in the tests. */
export const ROOMY: Record<string, string> = {
  ANONYMOUS_PER_HOUR: "10000",
  EXCHANGES_PER_MINUTE: "10000",
  CALLS_PER_MINUTE: "1000000",
  PAGES_PER_MINUTE: "1000000",
};

/** A server of the production build with a database, a storage and a port of its own, and its use cases at hand. */
export type Site = {
  readonly url: string;
  readonly pool: Pool;
  readonly deps: Deps;
  /** Throws while none runs. */
  server(): ServerProcess;
  /** Starts the server; again on the same port, after `server().kill()` or `stop()`. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/**
 * A site without a server yet: first publish what it is to have, then `start`. `adminUrl`: a PostgreSQL with a migrated
 * template `base`; Playwright's global setup brings one.
 */
export async function openSite(
  options: { adminUrl?: string; environment?: Record<string, string> } = {},
): Promise<Site> {
  const adminUrl = options.adminUrl ?? process.env["QUORATE_DATABASE_URL"];
  if (adminUrl === undefined) throw new Error("openSite: no PostgreSQL; Playwright's global setup brings one");
  const database = await cloneDatabaseAt(adminUrl);
  const folder = await mkdtemp(join(tmpdir(), "quorate-site-"));
  const port = await freePort();
  const environment = { ...ROOMY, DATA_FOLDER: folder, PORT: String(port), ...options.environment };
  const deps = await openDeps({ ...database, log: QUIET, dataFolder: folder });
  let server: ServerProcess | undefined;
  return {
    url: `http://localhost:${port}`,
    pool: database.pool,
    deps,
    server() {
      if (server === undefined) throw new Error("this site was not started");
      return server;
    },
    async start() {
      server = await startServerProcess(database.url, environment);
    },
    async close() {
      await server?.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const nothing = () => undefined;
const QUIET = { debug: nothing, info: nothing, warn: nothing, error: console.error };
