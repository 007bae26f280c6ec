import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { start, stop } from "../../server/database/embedded/cluster.ts";
import { EMBEDDED_SETTINGS } from "../../server/database/embedded/join.ts";
import { startTemporaryPostgres, type TemporaryPostgres } from "../../server/database/embedded/temporary.ts";
import { migrate } from "../../server/database/migrate.ts";
import { openPool, type Pool } from "../../server/database/pool.ts";

/**
 * The PostgreSQL of a bench: the embedded one, with the settings `npm start` gives it (so fsync and synchronous_commit are
 * on), in a temporary folder, and with pg_stat_statements loaded, which says where the time went.
 */
export interface BenchDatabases {
  /** A new, migrated database. */
  create(): Promise<BenchDatabase>;
  /** The settings that decide what the figures mean. */
  describe(): Promise<string>;
  /** Process id of PostgreSQL's first process, the parent of all others. */
  postmasterPid(): Promise<number>;
  close(): Promise<void>;
}

export interface BenchDatabase {
  readonly url: string;
  readonly pool: Pool;
  drop(): Promise<void>;
}

const TEMPLATE = "bench_template";
const CONNECTIONS = 24;

export function openBenchDatabases(): BenchDatabases {
  let started: Promise<TemporaryPostgres> | undefined;
  const postgres = () => {
    started ??= startPostgres();
    return started;
  };
  return {
    async create() {
      const { url } = await postgres();
      const name = `bench_${randomUUID().replaceAll("-", "")}`;
      await asAdmin(url, (admin) => admin.query(`create database ${name} template ${TEMPLATE}`));
      const own = databaseUrl(url, name);
      const pool = openPool(own, { maxConnections: CONNECTIONS, applicationName: "bench" });
      return {
        url: own,
        pool,
        async drop() {
          await pool.end();
          await asAdmin(url, (admin) => admin.query(`drop database ${name} with (force)`));
        },
      };
    },
    async describe() {
      const { url } = await postgres();
      return asAdmin(url, async (admin) => {
        const { rows } = await admin.query<{ name: string; value: string }>(
          `select name, current_setting(name) as value from pg_settings where name = any($1) order by name`,
          [["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size"]],
        );
        return rows.map(({ name, value }) => `${name} ${value}`).join(", ");
      });
    },
    async postmasterPid() {
      const { cluster } = await postgres();
      return Number.parseInt(await readFile(join(cluster.data, "postmaster.pid"), "utf8"), 10);
    },
    async close() {
      const running = await started?.catch(() => undefined);
      started = undefined;
      await running?.stop();
    },
  };
}

async function startPostgres(): Promise<TemporaryPostgres> {
  const postgres = await startTemporaryPostgres({ durable: true });
  await asAdmin(postgres.url, async (admin) => {
    for (const setting of EMBEDDED_SETTINGS) await admin.query(`alter system set ${setting}`);
    await admin.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
  });
  await stop(postgres.cluster);
  await start(postgres.cluster, postgres.port);
  await asAdmin(postgres.url, (admin) => admin.query(`create database ${TEMPLATE}`));
  const template = databaseUrl(postgres.url, TEMPLATE);
  await migrate(template);
  await asAdmin(template, (admin) => admin.query("create extension pg_stat_statements"));
  return postgres;
}

async function asAdmin<T>(url: string, use: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { maxConnections: 1 });
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
}

function databaseUrl(url: string, name: string): string {
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}
