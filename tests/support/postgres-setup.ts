import type { TestProject } from "vitest/node";
import { startTemporaryPostgres } from "../../server/database/embedded/temporary.ts";
import { migrate } from "../../server/database/migrate.ts";
import { openPool } from "../../server/database/pool.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A PostgreSQL of this run, with a migrated database `base` to clone. */
    postgresUrl: string;
  }
}

/** Vitest's global setup of the suites that need a database: one PostgreSQL per suite and run, one template in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTemporaryPostgres();
  const admin = openPool(postgres.url, { maxConnections: 1 });
  await admin.query("create database base");
  await admin.end();
  const base = new URL(postgres.url);
  base.pathname = "/base";
  await migrate(base.href);
  project.provide("postgresUrl", postgres.url);
  return () => postgres.stop();
}
