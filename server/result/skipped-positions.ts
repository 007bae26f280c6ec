import type { Deps } from "../deps.ts";
import { type CandidateRow, QUEUE_START, type QueuePosition } from "../sql/find-candidates.ts";

/** A search this slow passed over thousands of results: the user's own workunits that wait for others. */
const SLOW_MS = 20;
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

  note(
    userId: number,
    appVersionId: number,
    { found, tookMs }: { found: readonly CandidateRow[]; tookMs: number },
  ): void {
    const first = found[0];
    if (first === undefined || tookMs < SLOW_MS) return;
    if (this.#kept.size >= MOST_USERS) this.#kept.clear();
    const position = { queueRank: first.queue_rank, resultId: first.result_id - 1 };
    this.#kept.set(`${userId}:${appVersionId}`, { position, untilMs: performance.now() + KEPT_MS });
  }
}

const positions = new WeakMap<Deps["pool"], SkippedPositions>();

export function skippedBy({ pool }: Pick<Deps, "pool">): SkippedPositions {
  const known = positions.get(pool) ?? new SkippedPositions();
  positions.set(pool, known);
  return known;
}
