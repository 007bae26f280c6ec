import { buildKernels } from "../../server/cli/build-kernels.ts";
import { startTemporaryPostgres } from "../../server/database/embedded/temporary.ts";
import { migrate } from "../../server/database/migrate.ts";
import { openPool } from "../../server/database/pool.ts";
import { buildSite } from "../../server/start/build-site.ts";
import { cloneDatabaseAt } from "./clone-database.ts";
import { startServerProcess } from "./server-process.ts";
import { ROOMY } from "./site.ts";

/**
 * Playwright's global setup: the production build, a PostgreSQL with a migrated template (QUORATE_DATABASE_URL), of which
 * `openSite` makes sites, and one empty site for the tests that need no more (QUORATE_URL).
 */
export default async function setup(): Promise<() => Promise<void>> {
  await buildKernels();
  await buildSite(new AbortController().signal);
  const postgres = await startTemporaryPostgres();
  const admin = openPool(postgres.url, { maxConnections: 1 });
  await admin.query("create database base");
  await admin.end();
  const base = new URL(postgres.url);
  base.pathname = "/base";
  await migrate(base.href);
  const database = await cloneDatabaseAt(postgres.url);
  const server = await startServerProcess(database.url, ROOMY);
  process.env["QUORATE_URL"] = server.url;
  process.env["QUORATE_DATABASE_URL"] = postgres.url;
  return async () => {
    await server.stop();
    await database.drop();
    await postgres.stop();
  };
}
