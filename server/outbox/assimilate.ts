import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { fanOut } from "../handler/fan-out.ts";
import { together } from "../sql/transaction.ts";
import type { Delivered, OutboxRow } from "./deliver-outbox.ts";

/**
 * The default handler: one row of assimilated_result per ended workunit, whatever its end, and the batch's counters. Its
 * effect lies in this database, so it happens in the very transaction that marks the message delivered. So do the
 * deliveries to the project's own handlers come into being here, once each.
 */
export async function assimilate(
  _deps: Deps,
  client: PoolClient,
  rows: readonly OutboxRow[],
  nowSeconds: number,
): Promise<Delivered> {
  const ids = rows.map((row) => row.workunit_id);
  const messages = rows.map((row) => row.id);
  // On their way together, in this order.
  await together([
    client.query({ ...ASSIMILATE, values: [ids, nowSeconds] }),
    scheduleDeletion(client, ids, nowSeconds),
    fanOut(client, messages, nowSeconds),
  ]);
  return { done: messages, postponed: [] };
}

/**
 * Marks, inserts what it marked (once, as nothing is marked twice), and counts that in the batches. Workunits are found through the index of their ids, and so
 * locked in ascending order, as everywhere; batches are locked in one order too, as several processes deliver at once.
 */
const ASSIMILATE = {
  name: "assimilate",
  text: `with marked as (
           update workunit set assimilation = 'done' where id = any($1::bigint[]) and assimilation = 'ready'
           returning id, app_version_id, batch_id, state, errors, canonical_result_id
         ), fresh as (
           insert into assimilated_result (workunit_id, project_id, batch_id, succeeded, errors, canonical_result_id, output_sha256, assimilated_seconds)
           select w.id, a.project_id, w.batch_id, w.state = 'completed', w.errors, w.canonical_result_id, c.output_sha256, $2
             from marked w join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
             left join result c on c.id = w.canonical_result_id
           returning batch_id, succeeded
         ), ended as (
           select batch_id, count(*) filter (where succeeded)::int as completed, count(*) filter (where not succeeded)::int as failed
             from fresh group by batch_id
         ), locked as (select b.id from batch b join ended e on e.batch_id = b.id order by b.id for update of b)
         update batch b set n_completed = b.n_completed + e.completed, n_failed = b.n_failed + e.failed
           from locked l join ended e on e.batch_id = l.id where b.id = l.id`,
};

/** Where a project keeps outputs for a time only, their deletion is a message of its own, due when that time is over. */
async function scheduleDeletion(client: PoolClient, ids: readonly number[], nowSeconds: number): Promise<void> {
  await client.query({
    name: "schedule-deletion",
    text: `insert into outbox (key, kind, project_id, workunit_id, payload, created_seconds, next_seconds)
           select 'delete_output:' || r.workunit_id, 'delete_output', p.id, r.workunit_id, '{}', $2, $2 + p.retention_seconds
             from assimilated_result r join project p on p.id = r.project_id
            where r.workunit_id = any($1::bigint[]) and r.succeeded and p.retention_seconds is not null
           on conflict (key) do nothing`,
    values: [ids, nowSeconds],
  });
}
