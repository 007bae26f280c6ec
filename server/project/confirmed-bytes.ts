import { BATCH_COUNTS } from "../batch/batch-totals.ts";
import type { Pool } from "../database/pool.ts";

/** How far a project is looked into: ended workunits, and of these the confirmed outputs whose size is looked up. The newest. */
const MOST = { scanned: 20_000, sized: 2_000 };

/** What volunteers' confirmed outputs take, those that are not deleted yet. */
export type ConfirmedBytes = { outputs: number; bytes: number; isExact: boolean };

type Row = {
  /** Ended workunits that were looked at, and when the oldest of them ended. */
  scanned: number;
  oldestSeconds: number;
  /** Of these: confirmed outputs that were looked up, those of them that are there, and what these take. */
  sized: number;
  there: number;
  bytes: number;
  /** Of those looked at: confirmed, and young enough to be kept. */
  kept: number;
  /** Seconds that outputs are kept; null: for ever. */
  retention: number | null;
  /** Confirmed in all, deleted or not. */
  completed: number;
};

/**
 * Of one project, in bounded time: where it has more than `most`, the rest is taken to be like the newest, and `isExact` is
 * false.
 */
export async function confirmedBytes(
  pool: Pool,
  projectId: number,
  nowSeconds: number,
  most = MOST,
): Promise<ConfirmedBytes> {
  const { rows } = await pool.query<Row>(
    `with scanned as materialized (
       select canonical_result_id, workunit_id, succeeded, assimilated_seconds from assimilated_result
        where project_id = $1 order by assimilated_seconds desc, workunit_id desc limit $3),
     sized as materialized (
       select * from scanned where succeeded order by assimilated_seconds desc, workunit_id desc limit $4)
     select ended.scanned, ended."oldestSeconds", ended.kept, (select count(*)::int from sized) as sized, found.there, found.bytes,
            p.retention_seconds as retention, batches.completed
       from project p
       cross join lateral (select count(*)::int as scanned, coalesce(min(assimilated_seconds), 0)::float8 as "oldestSeconds",
              (count(*) filter (where succeeded and assimilated_seconds > $2 - p.retention_seconds))::int as kept from scanned) ended
       cross join (select count(*)::int as there, coalesce(sum(r.output_bytes), 0)::float8 as bytes from sized s
              join workunit w on w.id = s.workunit_id and w.output_deleted_seconds is null
              join result r on r.id = s.canonical_result_id) found
       cross join lateral (select coalesce(sum(b.n_completed), 0)::float8 as completed from app a
              join app_version v on v.app_id = a.id join ${BATCH_COUNTS} b on b.app_version_id = v.id where a.project_id = p.id) batches
      where p.id = $1`,
    [projectId, nowSeconds, most.scanned, most.sized],
  );
  const [row] = rows;
  if (row === undefined || row.there === 0) {
    return { outputs: 0, bytes: 0, isExact: row === undefined || isWhole(row, most) };
  }
  const { there, bytes } = row;
  if (isWhole(row, most)) return { outputs: there, bytes, isExact: true };
  const outputs = Math.max(there, Math.round(estimate(row, nowSeconds, most)));
  return { outputs, bytes: Math.round((bytes / there) * outputs), isExact: false };
}

/** Everything was looked at: by how many rows the limits gave, whatever became of their outputs. */
const isWhole = (row: Row, most: typeof MOST) => row.scanned < most.scanned && row.sized < most.sized;

/** How many outputs are there. */
function estimate(row: Row, nowSeconds: number, most: typeof MOST): number {
  if (row.retention === null) return (row.completed * row.there) / row.sized;
  // Where outputs are deleted after a time, only those of that time are there.
  const reachesBackSeconds = Math.max(1, nowSeconds - row.oldestSeconds);
  const isCounted = row.scanned < most.scanned || reachesBackSeconds >= row.retention;
  return isCounted ? row.kept : Math.min(row.completed, (row.kept * row.retention) / reachesBackSeconds);
}
