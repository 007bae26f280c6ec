import type { Pool } from "../database/pool.ts";

/** Confirmed outputs whose size is looked up, the newest; of a project with more of them the rest is taken to be alike. */
const LOOKED_AT = 2_000;

/** What volunteers' confirmed outputs take, those that are not deleted yet. */
export type ConfirmedBytes = { outputs: number; bytes: number; isExact: boolean };

/** Of one project, in bounded time: `bytes` is extrapolated above `lookedAt` outputs, and `isExact` false then. */
export async function confirmedBytes(
  pool: Pool,
  projectId: number,
  nowSeconds: number,
  lookedAt = LOOKED_AT,
): Promise<ConfirmedBytes> {
  const [{ rows: looked }, { rows: counted }] = await Promise.all([
    pool.query<{ n: number; bytes: number }>(
      `select count(*)::int as n, coalesce(sum(r.output_bytes), 0)::float8 as bytes
         from (select canonical_result_id, workunit_id from assimilated_result
                where project_id = $1 and succeeded order by assimilated_seconds desc, workunit_id desc limit $2) a
         join workunit w on w.id = a.workunit_id and w.output_deleted_seconds is null
         join result r on r.id = a.canonical_result_id`,
      [projectId, lookedAt],
    ),
    // Where outputs are deleted after a time, only those of that time are there; else batches know how many there are.
    pool.query<{ n: number }>(
      `select case when p.retention_seconds is null
                then (select coalesce(sum(b.n_completed), 0) from app a join app_version v on v.app_id = a.id
                        join batch b on b.app_version_id = v.id where a.project_id = p.id)
                else (select count(*) from assimilated_result r
                       where r.project_id = p.id and r.succeeded and r.assimilated_seconds > $2 - p.retention_seconds) end::float8 as n
         from project p where p.id = $1`,
      [projectId, nowSeconds],
    ),
  ]);
  const { n, bytes } = looked[0] ?? { n: 0, bytes: 0 };
  if (n < lookedAt) return { outputs: n, bytes, isExact: true };
  const outputs = Math.max(n, counted[0]?.n ?? 0);
  return { outputs, bytes: Math.round((bytes / n) * outputs), isExact: outputs === n };
}
