import type { Pool } from "../database/pool.ts";

/**
 * Confirmed workunits of a batch whose answers count no more: those that a check contradicted, or all, once their program was
 * withdrawn. From the few rows that recall, not from the workunits: a batch may have 100 000 of them.
 */
export async function countRecalled(pool: Pool, batchId: number): Promise<number> {
  const { rows } = await pool.query<{ recalled: number }>(
    `select case when v.state = 'withdrawn' then b.n_completed else
              (select count(distinct w.id) from audit x join workunit w on w.id = x.original_id
                where x.outcome = 'recalled' and w.batch_id = b.id) end::int as recalled
       from batch b join app_version v on v.id = b.app_version_id where b.id = $1`,
    [batchId],
  );
  return rows[0]?.recalled ?? 0;
}
