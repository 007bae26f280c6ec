import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { fanOut } from "../handler/fan-out.ts";
import type { Delivered, OutboxRow } from "./deliver-outbox.ts";

/** Tells projects that a workunit's output was wrong: in the table of results, and to their own handlers. */
export async function tellRecalls(
  _deps: Deps,
  client: PoolClient,
  rows: readonly OutboxRow[],
  nowSeconds: number,
): Promise<Delivered> {
  // The table of results first has to know the workunit: its own message may be behind this one.
  const known = await client.query<{ id: number }>(
    `update assimilated_result a set recalled_seconds = w.recalled_seconds from workunit w
      where w.id = a.workunit_id and w.recalled_seconds is not null and a.workunit_id = any($1::bigint[]) returning a.workunit_id as id`,
    [rows.map((row) => row.workunit_id)],
  );
  const told = new Set(known.rows.map((row) => row.id));
  const done = rows.filter((row) => told.has(row.workunit_id)).map((row) => row.id);
  await fanOut(client, done, nowSeconds);
  const postponed = rows.filter((row) => !told.has(row.workunit_id));
  return { done, postponed: postponed.map((row) => ({ id: row.id, nextSeconds: nowSeconds + 10 })) };
}
