import { mayDeleteOutput } from "../core/replication/retention.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { outputKey } from "../storage/storage.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import type { LoadedWorkunit } from "../workunit/loaded-workunit.ts";
import type { Delivered, OutboxRow } from "./deliver-outbox.ts";

/** A straggler may be out for as long as its deadline; looking again now and then costs little. */
export const LOOK_AGAIN_SECONDS = 600;

/**
 * Deletes the outputs of workunits whose time has come (S60), the canonical one with the others. Rows, digests and times
 * stay. What may not go yet is looked at again later.
 */
export async function deleteOutputs(
  deps: Deps,
  client: PoolClient,
  rows: readonly OutboxRow[],
  nowSeconds: number,
): Promise<Delivered> {
  const workunits = new Map(
    (
      await lockWorkunits(
        deps,
        client,
        rows.map((row) => row.workunit_id),
      )
    ).map((workunit) => [workunit.id, workunit]),
  );
  const assimilated = await assimilationTimes(client, [...workunits.keys()]);
  const wanted = await stillWanted(client, [...workunits.keys()]);
  const done: number[] = [];
  const postponed: { id: number; nextSeconds: number }[] = [];
  for (const row of rows) {
    const workunit = workunits.get(row.workunit_id);
    if (workunit === undefined || workunit.state.workunit.outputDeleted) done.push(row.id);
    else if (!wanted.has(workunit.id) && mayGo(workunit, assimilated.get(workunit.id), nowSeconds)) {
      await deleteOf(deps, client, workunit, nowSeconds);
      done.push(row.id);
    } else postponed.push({ id: row.id, nextSeconds: nowSeconds + LOOK_AGAIN_SECONDS });
  }
  return { done, postponed };
}

function mayGo(
  { state, version }: LoadedWorkunit,
  assimilatedSeconds: number | undefined,
  nowSeconds: number,
): boolean {
  if (assimilatedSeconds === undefined) return false;
  const { retentionSeconds } = version.project;
  return mayDeleteOutput(state.workunit, state.results, { assimilatedSeconds, retentionSeconds }, nowSeconds);
}

async function assimilationTimes(client: PoolClient, ids: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await client.query<{ id: number; seconds: number }>(
    "select workunit_id as id, assimilated_seconds as seconds from assimilated_result where workunit_id = any($1::bigint[])",
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.seconds]));
}

/** Outputs that a handler of the project has still to get, or that an audit is compared with. */
async function stillWanted(client: PoolClient, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await client.query<{ id: number }>(
    `select c.id from unnest($1::bigint[]) as c (id)
      where exists (select from outbox o join project_handler h on h.id = o.handler_id
              where o.workunit_id = c.id and o.done_seconds is null and o.handler_id is not null and h.enabled)
         or exists (select from audit a where a.original_id = c.id and a.decided_seconds is null)
         or exists (select from audit a where a.workunit_id = c.id and a.decided_seconds is null)`,
    [ids],
  );
  return new Set(rows.map((row) => row.id));
}

/** The bytes first: should this process die before the commit, the next attempt deletes nothing and writes it down. */
async function deleteOf(deps: Deps, client: PoolClient, workunit: LoadedWorkunit, nowSeconds: number): Promise<void> {
  const digests = workunit.state.results.flatMap((result) =>
    result.state === "over" && result.outcome === "ok" ? [result.digest] : [],
  );
  for (const digest of new Set(digests)) await deps.storage.delete(outputKey(workunit.id, digest));
  await client.query("delete from result_output where result_id = any($1::bigint[])", [
    workunit.state.results.map((result) => Number(result.id)),
  ]);
  await client.query(
    "update workunit set output_deleted_seconds = $2 where id = $1 and output_deleted_seconds is null",
    [workunit.id, nowSeconds],
  );
}
