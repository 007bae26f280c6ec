import type { PoolClient } from "../database/pool.ts";
import { WORKUNIT_COLUMNS, type WorkunitRow } from "../workunit/rows.ts";

/** Where in the queue of one app version a search goes on: after this entry. */
export type QueuePosition = { queueRank: number; resultId: number };
export const QUEUE_START: QueuePosition = { queueRank: -2_147_483_648, resultId: 0 };

export type CandidateQuery = {
  appVersionId: number;
  urgent: boolean;
  userId: number;
  hostId: number;
  /** Classes of the host's backends that this app version can use. */
  classes: readonly string[];
  memoryBytes: number | null;
  after: QueuePosition;
  limit: number;
};

export type CandidateRow = WorkunitRow & {
  result_id: number;
  queue_rank: number;
  name: string;
  input: Buffer | null;
  input_sha256: string;
  files: Record<string, string>;
};

const FIND_CANDIDATES = {
  name: "find-candidates",
  // The lowest-numbered unsent result of each workunit, in the order of the queue, less what this host can never have: that
  // is decided again, exactly, under the lock. Whatever another transaction holds is passed over, never waited for.
  // That `lower` is unsent is said without its state: with it PostgreSQL, as long as it has no statistics, takes the index of
  // all unsent results for the shorter way, and reads it once for every candidate (measured: 300 ms instead of 1).
  text: `select r.id as result_id, r.queue_rank, w.name, w.input, w.input_sha256, w.files, ${WORKUNIT_COLUMNS}
       from result r join workunit w on w.id = r.workunit_id
      where r.state = 'unsent' and r.app_version_id = $1 and r.urgent = $2 and (r.queue_rank, r.id) > ($3, $4)
        and not exists (select from result lower
              where lower.workunit_id = r.workunit_id and lower.number < r.number and lower.host_id is null and lower.outcome is null)
        and not exists (select from result mine
              where mine.exclusion_key = r.exclusion_key and mine.user_id = $5
                and (mine.outcome is null or mine.outcome not in ('returned', 'unneeded')))
        and (r.exclusion_key is not null or not exists (select from result mine
              where mine.workunit_id = r.workunit_id and mine.host_id = $6
                and (mine.outcome is null or mine.outcome not in ('returned', 'unneeded'))))
        and (w.homogeneity_mode <> 'same' or w.homogeneity_class is null or w.homogeneity_class = any($7::text[]))
        and ($8::bigint is null or w.memory_bytes <= $8)
      order by r.queue_rank, r.id limit $9 for update of r, w skip locked`,
};

/** Locks up to `limit` unsent results, with their workunits, that the host may probably have. */
export async function findCandidates(client: PoolClient, query: CandidateQuery): Promise<CandidateRow[]> {
  const { rows } = await client.query<CandidateRow>({
    ...FIND_CANDIDATES,
    values: [
      query.appVersionId,
      query.urgent,
      query.after.queueRank,
      query.after.resultId,
      query.userId,
      query.hostId,
      query.classes,
      query.memoryBytes,
      query.limit,
    ],
  });
  return rows;
}
