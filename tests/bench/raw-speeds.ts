import { randomBytes } from "node:crypto";
import type { Pool } from "../../server/database/pool.ts";
import type { BenchDatabase, BenchDatabases } from "./bench-databases.ts";
import { cpuSecondsOfTree, ownCpuSeconds } from "./cpu.ts";

/**
 * What PostgreSQL itself does here: results claimed and reported per second by two statements, each a transaction of its
 * own, nothing decided, nothing checked, no HTTP. The ceiling that everything above it is compared with.
 */
export interface RawSpeeds {
  /** One round. `minimal`: a table with next to nothing in it; `schema`: this project's table of results. */
  round(table: RawTable, batch: number): Promise<Speed>;
}

/** How fast, and at what cost: what else this machine does changes the first, hardly the second. */
export interface Speed {
  readonly perSecond: number;
  /** Per second of CPU time that PostgreSQL and its client used; for a server, PostgreSQL and the server. */
  readonly perCpuSecond: number;
}

export type RawTable = "minimal" | "schema";

export const RAW_CONNECTIONS = 6;
/** Rows per second that are made ready, by batch size: more than any machine of today's claims in a second. */
const ROWS_PER_SECOND = (batch: number) => (batch < 4 ? 4_000 : batch < 32 ? 20_000 : 80_000);
/** What every report names: 32 bytes in hexadecimal, as a real one does. */
const DIGEST = randomBytes(32).toString("hex");

export function openRawSpeeds(
  databases: BenchDatabases,
  { seconds }: { seconds: number },
  say: (line: string) => void,
): RawSpeeds {
  let database: Promise<BenchDatabase> | undefined;
  return {
    async round(table, batch) {
      database ??= createTables(databases);
      const { pool } = await database;
      await fill(pool, table, Math.ceil(seconds * ROWS_PER_SECOND(batch)));
      const postmaster = await databases.postmasterPid();
      const cpu = () => cpuSecondsOfTree(postmaster) + ownCpuSeconds();
      const before = cpu();
      const done = await claimAndReport(pool, { table, batch, seconds });
      const perCpuSecond = done.results / (cpu() - before);
      if (done.ranOut) say(`raw ${table} ${batch}: all rows were claimed before the time was over`);
      return { perSecond: done.results / done.seconds, perCpuSecond };
    },
  };
}

async function createTables(databases: BenchDatabases): Promise<BenchDatabase> {
  const database = await databases.create();
  await database.pool.query(`
    create table minimal (id bigint generated always as identity primary key, state text not null default 'unsent', host_id bigint,
      sent_seconds bigint, reported_seconds bigint, output_sha256 text);
    create index minimal_unsent on minimal (id) where state = 'unsent';
    alter table minimal set (fillfactor = 80)`);
  return database;
}

async function fill(pool: Pool, table: RawTable, rows: number): Promise<void> {
  // A fresh table for every round: what earlier rounds left dead must not slow the later ones.
  if (table === "minimal") {
    await pool.query("truncate minimal restart identity");
    await pool.query("insert into minimal (state) select 'unsent' from generate_series(1, $1)", [rows]);
    await pool.query("vacuum analyze minimal");
  } else {
    await pool.query("truncate result");
    await pool.query(
      `insert into result (workunit_id, number, exclusion_key, created_seconds, app_version_id, queue_rank)
       select n, 0, n, 1, 1, 0 from generate_series(1, $1) n`,
      [rows],
    );
    await pool.query("vacuum analyze result");
  }
  await pool.query("checkpoint");
}

const STATEMENTS: Record<RawTable, { claim: string; report: string }> = {
  minimal: {
    claim: `update minimal r set state = 'in_progress', host_id = $2, sent_seconds = 1
      from (select id from minimal where state = 'unsent' order by id limit $1 for update skip locked) c
     where r.id = c.id returning r.id`,
    report: `update minimal set state = 'over', reported_seconds = 2, output_sha256 = $2 where id = any($1::bigint[]) and state = 'in_progress'`,
  },
  schema: {
    claim: `update result r set state = 'in_progress', host_id = $2, user_id = $2, backend = 'wasm', device_class = 'c',
          sent_seconds = 1, deadline_seconds = 86401, lease_end_seconds = 901, due_seconds = 902
      from (select id from result where state = 'unsent' and app_version_id = 1 and not urgent
             order by queue_rank, id limit $1 for update skip locked) c
     where r.id = c.id returning r.id`,
    report: `update result set state = 'over', outcome = 'ok', reported_seconds = 2, output_sha256 = $2, output_bytes = 64, elapsed_ms = 1,
          due_seconds = null where id = any($1::bigint[]) and state = 'in_progress'`,
  },
};

async function claimAndReport(
  pool: Pool,
  { table, batch, seconds }: { table: RawTable; batch: number; seconds: number },
): Promise<{ results: number; seconds: number; ranOut: boolean }> {
  const { claim, report } = STATEMENTS[table];
  let results = 0;
  let ranOut = false;
  const began = performance.now();
  const end = began + seconds * 1000;
  async function connection(host: number): Promise<void> {
    const client = await pool.connect();
    try {
      while (performance.now() < end) {
        const claimed = await client.query<{ id: number }>({
          name: `claim-${table}`,
          text: claim,
          values: [batch, host],
        });
        if (claimed.rows.length === 0) {
          ranOut = true;
          return;
        }
        const ids = claimed.rows.map((row) => row.id);
        const reported = await client.query({ name: `report-${table}`, text: report, values: [ids, DIGEST] });
        results += reported.rowCount ?? 0;
      }
    } finally {
      client.release();
    }
  }
  await Promise.all(Array.from({ length: RAW_CONNECTIONS }, (_, index) => connection(index + 1)));
  return { results, seconds: (performance.now() - began) / 1000, ranOut };
}
