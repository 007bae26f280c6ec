import { perPool } from "../database/per-pool.ts";
import type { PoolClient } from "../database/pool.ts";
import { type CandidateRow, QUEUE_START, type QueuePosition } from "../sql/find-candidates.ts";

/** A search this slow may have passed over very many results: the user's own workunits that wait for others. */
const SLOW_MS = 20;
/** Or the machine was busy: only where it passed over so many is it worth remembering. */
const MANY = 1_000;
/** For so long the next search of that user begins where this one found something; new work with a higher priority waits. */
const KEPT_MS = 20_000;
const MOST_USERS = 10_000;

/**
 * Where in the queue a user's search may begin. A lone volunteer leaves behind one waiting result for every result computed,
 * and every search would pass over all of them again. A cache of this process, only filled where it pays.
 */
class SkippedPositions {
  readonly #kept = new Map<string, { position: QueuePosition; untilMs: number }>();

  start(userId: number, appVersionId: number): QueuePosition {
    const kept = this.#kept.get(`${userId}:${appVersionId}`);
    return kept !== undefined && performance.now() < kept.untilMs ? kept.position : QUEUE_START;
  }

  async note(client: Pick<PoolClient, "query">, { userId, appVersionId, after, found, tookMs }: Search): Promise<void> {
    const first = found[0];
    if (first === undefined || tookMs < SLOW_MS) return;
    const position = { queueRank: first.queue_rank, resultId: first.result_id - 1 };
    const values = [appVersionId, after.queueRank, after.resultId, position.queueRank, position.resultId];
    const { rows } = await client.query<{ passed: number }>({ ...COUNT_PASSED, values });
    if ((rows[0]?.passed ?? 0) < MANY) return;
    if (this.#kept.size >= MOST_USERS) this.#kept.clear();
    this.#kept.set(`${userId}:${appVersionId}`, { position, untilMs: performance.now() + KEPT_MS });
  }
}

type Search = {
  userId: number;
  appVersionId: number;
  after: QueuePosition;
  found: readonly CandidateRow[];
  tookMs: number;
};

const COUNT_PASSED = {
  name: "count-passed",
  text: `select count(*)::int as passed from (select from result r
          where r.state = 'unsent' and r.app_version_id = $1 and r.urgent = false
            and (r.queue_rank, r.id) > ($2::int, $3::bigint) and (r.queue_rank, r.id) <= ($4::int, $5::bigint)
          order by r.queue_rank, r.id limit ${MANY}) p`,
};

export const skippedBy = perPool(() => new SkippedPositions());
