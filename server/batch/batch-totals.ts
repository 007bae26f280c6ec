import { AUDITS_KEY } from "../audit/create-audits.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";

/**
 * What batches have counted, for sums over all of them: the totals of those that are over, one row for each app version, and
 * every other batch with its key. What is read grows with what is under way, not with the past. A batch is in exactly one of the
 * two at any moment, because its flag and the total are written by one statement; so a sum is exact when one statement reads it.
 */
export const BATCH_COUNTS = `(
  select app_version_id, null as key, n_workunits, n_completed, n_failed from batch_total
  union all select app_version_id, key, n_workunits, n_completed, n_failed from batch where not in_total)`;

/** Batches per transaction. */
const CHUNK = 5_000;

/**
 * Batches that are over go into the totals. The sweeper does it: were it done where their last workunit is assimilated, all who
 * assimilate for one app version would wait for one row. Nobody waits for what is locked here: nothing of these batches is left to
 * be assimilated, and one that somebody holds is left for the next time. Audits stay out: their batch grows with every one of
 * them, there is one for each app version, and pages of projects leave them out.
 * @returns batches added.
 */
export async function addToTotals(deps: Deps): Promise<number> {
  for (let added = 0; ; ) {
    const { rows } = await inTransaction(deps, "batch-totals", (client) =>
      client.query<{ n: number }>(ADD_TO_TOTALS, [AUDITS_KEY]),
    );
    const n = rows[0]?.n ?? 0;
    added += n;
    if (n < CHUNK) return added;
  }
}

const ADD_TO_TOTALS = `
  with ended as (
    select id from batch where not in_total and n_workunits > 0 and n_completed + n_failed = n_workunits and key <> $1
     order by app_version_id, id limit ${CHUNK} for no key update skip locked
  ), added as (
    update batch b set in_total = true from ended e where b.id = e.id returning b.app_version_id, b.n_workunits, b.n_completed, b.n_failed
  ), summed as (
    insert into batch_total as t (app_version_id, n_workunits, n_completed, n_failed)
    select app_version_id, sum(n_workunits), sum(n_completed), sum(n_failed) from added group by 1 order by 1
    on conflict (app_version_id) do update set n_workunits = t.n_workunits + excluded.n_workunits,
       n_completed = t.n_completed + excluded.n_completed, n_failed = t.n_failed + excluded.n_failed)
  select count(*)::int as n from added`;

type Growing = { appVersionId: number; keys: readonly string[] };

/**
 * Batches that are about to grow leave the totals, and are held until the end of the transaction, so that nobody adds them again
 * before they have grown.
 */
export async function takeFromTotals(client: PoolClient, { appVersionId, keys }: Growing): Promise<void> {
  const about = [appVersionId, keys];
  await client.query(
    "select from batch where app_version_id = $1 and key = any($2::text[]) order by id for no key update",
    about,
  );
  // A statement of its own: it sees what was added until the lock was there.
  await client.query(
    `with taken as (
       update batch set in_total = false where app_version_id = $1 and key = any($2::text[]) and in_total returning n_workunits, n_completed, n_failed
     )
     update batch_total t set n_workunits = t.n_workunits - s.workunits, n_completed = t.n_completed - s.completed, n_failed = t.n_failed - s.failed
       from (select sum(n_workunits) as workunits, sum(n_completed) as completed, sum(n_failed) as failed from taken having count(*) > 0) s
      where t.app_version_id = $1`,
    about,
  );
}

/** One sentence for each app version whose total is not the sum of its batches; empty: all is right. */
export async function wrongTotals(client: Pick<PoolClient, "query">): Promise<string[]> {
  const { rows } = await client.query<{ id: number; said: string; right: string }>(
    `select id, concat_ws(', ', t.n_workunits, t.n_completed, t.n_failed) as said, concat_ws(', ', b.n_workunits, b.n_completed, b.n_failed) as right
       from (select app_version_id as id, n_workunits, n_completed, n_failed from batch_total where n_workunits > 0) t full join (${SUMS}) b using (id)
      where (t.n_workunits, t.n_completed, t.n_failed) is distinct from (b.n_workunits, b.n_completed, b.n_failed) order by id`,
  );
  const told = (numbers: string) => numbers || "nothing";
  return rows.map(
    ({ id, said, right }) =>
      `the total of batches of app version ${id} says ${told(said)}, its batches ${told(right)} (workunits, completed, failed)`,
  );
}

/** Puts the sums of the batches in place of the totals. Who adds to them waits for the lock before their flags change. */
export async function repairTotals(client: PoolClient): Promise<void> {
  await client.query("lock table batch_total in share row exclusive mode");
  await client.query("delete from batch_total");
  await client.query(`insert into batch_total (app_version_id, n_workunits, n_completed, n_failed) ${SUMS}`);
}

const SUMS = `select app_version_id as id, sum(n_workunits) as n_workunits, sum(n_completed) as n_completed, sum(n_failed) as n_failed
  from batch where in_total group by 1`;
