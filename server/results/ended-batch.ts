import type { Pool } from "../database/pool.ts";

/**
 * What a download of a batch depends on, as one number in words; null while anything of it may still come. It is made of the
 * small columns that downloads show or are chosen by, in the database, in one pass and without sorting: of 100 000 workunits
 * a fraction of what their download takes. Outputs are in it by the results they belong to, which never change.
 */
export async function fingerprintOfEnded(pool: Pool, batchId: number): Promise<string | null> {
  const { rows } = await pool.query<{ isOver: boolean }>(
    'select n_workunits > 0 and n_completed + n_failed >= n_workunits as "isOver" from batch where id = $1',
    [batchId],
  );
  if (rows[0]?.isOver !== true) return null;
  const looked = await pool.query<{ isEnded: boolean | null; fingerprint: string | null }>(
    `select bool_and(w.assimilation = 'done' and r.state is distinct from 'in_progress') as "isEnded",
            sum(hash_record_extended(row(w.id, w.canonical_result_id, w.ended_seconds, w.recalled_seconds, w.output_deleted_seconds,
              x.outcome, r.id, r.user_id, r.validation, r.backend), 0))::text as fingerprint
       from workunit w left join result r on r.workunit_id = w.id left join audit x on x.workunit_id = w.id where w.batch_id = $1`,
    [batchId],
  );
  const [found] = looked.rows;
  return found?.isEnded === true ? found.fingerprint : null;
}
