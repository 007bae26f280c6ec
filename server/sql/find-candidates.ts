import type { PoolClient } from "../database/pool.ts";
import { WORKUNIT_COLUMNS, type WorkunitRow } from "../workunit/rows.ts";

/**
 * Results of paused workunits wait behind this place in the queue, where nothing is handed out: pausing takes HELD_SHIFT from a
 * workunit's priority. Priorities that people give stay a thousand times below.
 */
export const HELD_SHIFT = 1_000_000_000;
export const HELD_RANK = HELD_SHIFT / 2;

/** Where in the queue of one app version a search goes on: after this entry. */
export type QueuePosition = { queueRank: number; resultId: number };
export const QUEUE_START: QueuePosition = { queueRank: -2_147_483_648, resultId: 0 };

/** One of an app version's two queues: workunits that lack one result go first (`urgent`). */
export type QueueSearch = { after: QueuePosition; limit: number };

export type CandidateQuery = {
  appVersionId: number;
  /** The person's identities: usually one (S77). */
  userIds: readonly number[];
  hostId: number;
  /** Classes of the host's backends that this app version can use. */
  classes: readonly string[];
  memoryBytes: number | null;
  urgent: QueueSearch;
  /** What the urgent ones leave of this limit is looked for among the others. */
  fresh: QueueSearch;
};

export type CandidateRow = WorkunitRow & {
  result_id: number;
  queue_rank: number;
  urgent: boolean;
  name: string;
  input: Buffer | null;
  input_sha256: string;
  files: Record<string, string>;
};

/**
 * The lowest-numbered unsent result of each workunit, in the order of the queue, less what this host can never have: that
 * is decided again, exactly, under the lock. Whatever another transaction holds is passed over, never waited for. Only the
 * workunit is locked: every change of an unsent result is made by who holds its workunit.
 *
 * That `lower` is unsent is said without its state: with it PostgreSQL, as long as it has no statistics, takes the index of
 * all unsent results for the shorter way, and reads it once for every candidate (measured: 300 ms instead of 1). That
 * `mine` has a user, which every host has, is what lets it take the index of one result per user. `offset 0` keeps it from
 * reading all results of the site once, for a table of those that are this host's, in place of asking for each candidate.
 */
function searchQueue(urgent: boolean, { after, limit }: { after: string; limit: string }): string {
  return `select r.id as result_id, r.queue_rank, r.urgent, w.name, w.input, w.input_sha256, w.files, ${WORKUNIT_COLUMNS}
       from result r join workunit w on w.id = r.workunit_id
      where r.state = 'unsent' and r.app_version_id = $1 and r.urgent = ${urgent} and (r.queue_rank, r.id) > (${after})
        and r.queue_rank < ${HELD_RANK}
        and not exists (select from result lower
              where lower.workunit_id = r.workunit_id and lower.number < r.number and lower.host_id is null and lower.outcome is null)
        and not exists (select from result mine
              where mine.exclusion_key = r.exclusion_key and mine.user_id is not null
                and (mine.user_id = any($2::bigint[]) or mine.host_id = $3)
                and (mine.outcome is null or mine.outcome not in ('returned', 'unneeded')))
        and (r.exclusion_key is not null or not exists (select from result mine
              where mine.workunit_id = r.workunit_id and mine.host_id = $3
                and (mine.outcome is null or mine.outcome not in ('returned', 'unneeded')) offset 0))
        and (w.homogeneity_mode <> 'same' or w.homogeneity_class is null or w.homogeneity_class = any($4::text[]))
        and ($5::bigint is null or w.memory_bytes <= $5)
      order by r.queue_rank, r.id limit ${limit} for update of w skip locked`;
}

const FIND_CANDIDATES = {
  name: "find-candidates",
  text: `with urgent as materialized (${searchQueue(true, { after: "$6::int, $7::bigint", limit: "$8::int" })}),
              fresh as materialized (${searchQueue(false, {
                after: "$9::int, $10::bigint",
                limit: "greatest(0, $11::int - (select count(*) from urgent))",
              })})
         select * from urgent union all select * from fresh`,
};

/** Locks the workunits of unsent results that the host may probably have. */
export async function findCandidates(client: PoolClient, query: CandidateQuery): Promise<CandidateRow[]> {
  const { urgent, fresh } = query;
  const { rows } = await client.query<CandidateRow>({
    ...FIND_CANDIDATES,
    values: [
      query.appVersionId,
      query.userIds,
      query.hostId,
      query.classes,
      query.memoryBytes,
      urgent.after.queueRank,
      urgent.after.resultId,
      urgent.limit,
      fresh.after.queueRank,
      fresh.after.resultId,
      fresh.limit,
    ],
  });
  return rows;
}
