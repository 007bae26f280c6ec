import type { Pool } from "../../server/database/pool.ts";
import { figure, percent, type Table } from "./table.ts";

/** Where PostgreSQL's time went, by pg_stat_statements of this database. */

const SHOWN = 10;

export async function forgetStatements(pool: Pool): Promise<void> {
  await pool.query(
    "select pg_stat_statements_reset(0, (select oid from pg_database where datname = current_database()))",
  );
}

/** Pages of tables and indexes that statements looked at since `forgetStatements`: what else the machine does changes nothing. */
export async function pagesLookedAt(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pages: number }>(
    `select coalesce(sum(s.shared_blks_hit + s.shared_blks_read), 0)::float8 as pages
       from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = current_database() and s.toplevel and s.query not like '%pg_stat_statements%'`,
  );
  return rows[0]?.pages ?? Number.NaN;
}

type Row = { query: string; calls: number; total_ms: number; mean_ms: number; per_call: number; all_ms: number };

/** Statements with the most time in all; time waited for locks is in it. */
export async function topStatements(pool: Pool, title: string): Promise<Table> {
  const { rows } = await pool.query<Row>(
    `select s.query, s.calls, s.total_exec_time as total_ms, s.mean_exec_time as mean_ms, s.rows::float8 / s.calls as per_call,
            sum(s.total_exec_time) over () as all_ms
       from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = current_database() and s.toplevel order by s.total_exec_time desc limit ${SHOWN}`,
  );
  return {
    title,
    head: ["", "calls", "mean ms", "rows each", "of all"],
    rows: rows.map((row) => [
      shortened(row.query),
      figure(row.calls),
      figure(row.mean_ms),
      figure(row.per_call),
      percent(row.total_ms / row.all_ms),
    ]),
  };
}

function shortened(query: string): string {
  const text = query.replace(/\s+/g, " ").trim();
  return text.length > 88 ? `${text.slice(0, 85)}...` : text;
}
