import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { settleBatch } from "./control-batch.ts";
import { createBatch } from "./create-batch.ts";
import { discardBatch } from "./draft-batch.ts";

/** A batch that stops itself has had this many workunits ended: one failure of one is no rate. */
const STOP_MIN_ENDED = 20;
/** What fails again and again is tried at least so often: it may be the disk, or something that was mended. */
const MOST_PUT_OFF_SECONDS = 600;
/** Submissions that nobody went on with are thrown away after this. */
const DRAFT_KEPT_SECONDS = 7 * 86_400;

/**
 * What time does to batches: creation that another process began and did not finish, cancellations that fall due, workunits
 * that have yet to be brought into line, batches that are done or fail too often. Harmless in several processes at once.
 * @returns batches that something was done for.
 */
export async function watchBatches(deps: Deps, nowSeconds: number): Promise<number> {
  const cancelled = await dueCancellations(deps, nowSeconds);
  const stopped = await stopFailing(deps, nowSeconds);
  const done = await noteDone(deps, nowSeconds);
  const { rows } = await deps.pool.query<{ id: number; state: string }>(
    `select batch_id as id, state from batch_control where (done_seconds is null or not is_settled)
        and (state = 'creating' or not is_settled) and next_seconds <= $1 order by next_seconds, batch_id limit 100`,
    [nowSeconds],
  );
  for (const { id, state } of rows) {
    try {
      if (state === "creating") await createBatch(deps, id, nowSeconds);
      else await settleBatch(deps, id, nowSeconds);
      if (state === "cancelled") {
        await deps.pool.query(
          "update batch_control set is_settled = true, attempts = 0, next_seconds = 0 where batch_id = $1",
          [id],
        );
      }
    } catch (error) {
      // What was refused is a draft again; whatever else went wrong with one batch holds up no other.
      deps.log.warn({ err: error, batch: id }, "a batch could not be brought on");
      if (!(error instanceof Refusal)) await putOff(deps, id, nowSeconds);
    }
  }
  return cancelled + stopped + done + rows.length + (await dropOldDrafts(deps, nowSeconds));
}

/** The next attempt waits twice as long as this one did, and others go before it. */
async function putOff({ pool }: Deps, batchId: number, nowSeconds: number): Promise<void> {
  await pool.query(
    `update batch_control set attempts = attempts + 1, next_seconds = $2 + least(${MOST_PUT_OFF_SECONDS}, 5 * 2 ^ least(attempts, 20))::bigint
      where batch_id = $1`,
    [batchId, nowSeconds],
  );
}

async function dueCancellations(deps: Deps, nowSeconds: number): Promise<number> {
  const { rowCount } = await deps.pool.query(
    `with due as (
       update batch_control set state = 'cancelled', is_settled = false, cancel_seconds = null
        where done_seconds is null and cancel_seconds <= $1 and state in ('open', 'paused') returning batch_id)
     update batch b set state = 'cancelled' from due where b.id = due.batch_id`,
    [nowSeconds],
  );
  return rowCount ?? 0;
}

/** Pauses batches of whose ended workunits too many failed, and tells their owners, both or neither. */
async function stopFailing(deps: Deps, nowSeconds: number): Promise<number> {
  return await inTransaction(deps, "stop-batches", async (client) => {
    const { rowCount } = await client.query(
      `with failing as (
         select c.batch_id from batch_control c join batch b on b.id = c.batch_id
          where c.done_seconds is null and c.state = 'open' and c.stop_above is not null
            and b.n_completed + b.n_failed >= least(${STOP_MIN_ENDED}, b.n_workunits)
            and b.n_failed > c.stop_above * (b.n_completed + b.n_failed) and b.n_completed + b.n_failed < b.n_workunits
          order by 1 for update of c skip locked
       ), stopped as (
         update batch_control c set state = 'paused', stop_reason = 'failure_rate', is_settled = false
           from failing f where c.batch_id = f.batch_id returning c.batch_id)
       ${tell("batch_stopped", "stopped")}`,
      [nowSeconds],
    );
    return rowCount ?? 0;
  });
}

/** A batch is done when all its workunits ended and were assimilated: then everything that came of it can be had. */
async function noteDone(deps: Deps, nowSeconds: number): Promise<number> {
  return await inTransaction(deps, "batches-done", async (client) => {
    const { rowCount } = await client.query(
      `with ended as (
         select c.batch_id from batch_control c join batch b on b.id = c.batch_id
          where c.done_seconds is null and c.state in ('open', 'paused', 'cancelled') and b.n_workunits > 0
            and b.n_completed + b.n_failed >= b.n_workunits order by 1 for update of c skip locked
       ), done as (
         update batch_control c set done_seconds = $1, cancel_seconds = null from ended e where c.batch_id = e.batch_id returning c.batch_id)
       ${tell("batch_done", "done")}`,
      [nowSeconds],
    );
    return rowCount ?? 0;
  });
}

/** One message for each batch of a common table expression, in the same statement. A batch may stop itself again later. */
function tell(event: string, from: string): string {
  return `insert into outbox (key, kind, project_id, payload, created_seconds, next_seconds)
       select '${event}:' || b.id || ':' || $1::bigint, 'batch', a.project_id, jsonb_build_object('event', '${event}', 'batch', b.id), $1, $1
         from ${from} d join batch b on b.id = d.batch_id join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id
       on conflict (key) do nothing`;
}

async function dropOldDrafts(deps: Deps, nowSeconds: number): Promise<number> {
  const { rows } = await deps.pool.query<{ id: number }>(
    `select b.id from batch_control c join batch b on b.id = c.batch_id
      where c.done_seconds is null and c.state = 'draft'
        and greatest(b.created_seconds, (select max(p.seconds) from batch_part p where p.batch_id = b.id)) < $1 limit 100`,
    [nowSeconds - DRAFT_KEPT_SECONDS],
  );
  for (const { id } of rows) await discardBatch(deps, id);
  return rows.length;
}
