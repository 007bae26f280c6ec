import type { Pool } from "../database/pool.ts";
import { type Board, balanceKind, columnOf, type Place } from "./board.ts";

/** Every so many places one is remembered. Counting on from it reads that many index entries at most: some milliseconds. */
const EVERY = 10_000;
/** A rank far down may be as old as this. */
const KEPT_SECONDS = 600;

export type Milestones = (board: Board, nowSeconds: number) => Promise<readonly Place[]>;

/**
 * Places of a board whose rank is known, so that nobody's rank is counted from the top. Counting all that stand before takes
 * 0.3 s at the end of a million and more on a busy machine; a stored rank would be written a million times whenever somebody
 * overtakes. Read again every ten minutes, while the old ones still serve. Every process has its own.
 */
export function createMilestones(pool: Pool, every = EVERY): Milestones {
  const known = new Map<string, { places: Promise<readonly Place[]>; until: number }>();
  return async (board, nowSeconds) => {
    const key = `${board.kind} ${board.order} ${board.projectId}`;
    const entry = known.get(key);
    if (entry !== undefined && nowSeconds < entry.until) return await entry.places;
    const fresh = readMilestones(pool, board, every);
    const places = entry === undefined ? fresh : fresh.catch(() => entry.places);
    // Whoever comes while they are read again is served by the old ones.
    known.set(key, { places: entry?.places ?? places, until: nowSeconds + KEPT_SECONDS });
    fresh.then(
      () => known.set(key, { places: fresh, until: nowSeconds + KEPT_SECONDS }),
      () => (entry === undefined ? known.delete(key) : undefined),
    );
    return await (entry?.places ?? places);
  };
}

/** Every so-manieth place of a board, in its order, read from the index alone. */
async function readMilestones(pool: Pool, board: Board, every: number): Promise<Place[]> {
  const value = columnOf(board);
  const { rows } = await pool.query<Place>(
    `select value, id, rank::int as rank
       from (select ${value} as value, subject_id as id, row_number() over (order by ${value} desc, subject_id) as rank
               from credit_balance where kind = $1 and project_id = $2 and ${value} is not null) all_places
      where rank % $3 = 0 order by rank`,
    [balanceKind(board), board.projectId, every],
  );
  return rows;
}
