import { perPool } from "../database/per-pool.ts";
import type { PoolClient } from "../database/pool.ts";
import { HELD_RANK, QUEUE_START, type QueuePosition } from "../sql/find-candidates.ts";

/** So many results handed out leave so many dead entries before the first that waits: worth looking where that one is. */
const MANY = 1_000;
/** For so long searches begin there: new work with a higher priority waits. */
const KEPT_MS = 1_000;

/**
 * Where the queue of an app version begins. The index keeps an entry of everything handed out until its table is vacuumed,
 * and every search would pass over all of them (measured: 7 ms of 8 with 75 000). A cache of this process, and only where
 * it hands out very much.
 */
class QueueFronts {
  readonly #fronts = new Map<number, { position: QueuePosition; untilMs: number; handedOut: number }>();

  start(appVersionId: number): QueuePosition {
    const front = this.#fronts.get(appVersionId);
    return front !== undefined && performance.now() < front.untilMs ? front.position : QUEUE_START;
  }

  /** Counts what was handed out; after very much of it the front is looked for anew, behind where it is known to be. */
  async note(client: Pick<PoolClient, "query">, appVersionId: number, handedOut: number): Promise<void> {
    const front = this.#fronts.get(appVersionId) ?? { position: QUEUE_START, untilMs: 0, handedOut: 0 };
    this.#fronts.set(appVersionId, front);
    front.handedOut += handedOut;
    if (front.handedOut < MANY) return;
    front.handedOut = 0;
    const { untilMs } = front;
    const now = performance.now();
    const isKnown = now < untilMs;
    const from = isKnown ? front.position : QUEUE_START;
    const { rows } = await client.query<{ queue_rank: number; id: number }>({
      ...FIND_FRONT,
      values: [appVersionId, from.queueRank, from.resultId],
    });
    // Another search found a newer one meanwhile.
    if (front.untilMs !== untilMs) return;
    const first = rows[0];
    front.position = first === undefined ? from : { queueRank: first.queue_rank, resultId: first.id - 1 };
    // From the start it is looked for once in KEPT_MS, however fast the queue goes.
    if (!isKnown) front.untilMs = now + KEPT_MS;
  }
}

const FIND_FRONT = {
  name: "find-front",
  text: `select r.queue_rank, r.id from result r
          where r.state = 'unsent' and r.app_version_id = $1 and r.urgent = false and (r.queue_rank, r.id) > ($2::int, $3::bigint)
            and r.queue_rank < ${HELD_RANK}
          order by r.queue_rank, r.id limit 1`,
};

export const queueFrontsOf = perPool(() => new QueueFronts());

/** The one further along. */
export function laterOf(a: QueuePosition, b: QueuePosition): QueuePosition {
  return a.queueRank > b.queueRank || (a.queueRank === b.queueRank && a.resultId > b.resultId) ? a : b;
}
