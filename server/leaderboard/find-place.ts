import type { Pool } from "../database/pool.ts";
import { type Board, balanceKind, columnOf, leastValue, type Place } from "./board.ts";

export type Wanted = {
  board: Board;
  /** The subjects, of whom the best is looked for. */
  ids: readonly number[];
  /** Places whose rank is known, in the order of the board: counting begins at the last one before the place. */
  milestones?: readonly Place[];
};

/** Where the best of some subjects stands on a board; null: none of them is on it. */
export async function findPlace(pool: Pool, wanted: Wanted, nowSeconds: number): Promise<Place | null> {
  const { board, ids, milestones = [] } = wanted;
  const value = columnOf(board);
  const own = await pool.query<Omit<Place, "rank">>(
    `select ${value} as value, subject_id as id from credit_balance
      where kind = $1 and project_id = $2 and subject_id = any($4::bigint[]) and ${value} > $3
      order by ${value} desc, subject_id limit 1`,
    [balanceKind(board), board.projectId, leastValue(board, nowSeconds), ids],
  );
  const [place] = own.rows;
  if (place === undefined) return null;
  const known = milestones.findLast(
    (one) => one.value > place.value || (one.value === place.value && one.id <= place.id),
  );
  const { text, values } = countBefore(board, place, known);
  const { rows } = await pool.query<{ before: number }>(text, values);
  return { ...place, rank: (rows[0]?.before ?? 0) + (known?.rank ?? 1) };
}

/** How many stand before a place, from a known one on (counted too) or from the top: stretches of the index, nothing else. */
function countBefore(board: Board, place: Omit<Place, "rank">, known: Place | undefined) {
  const value = columnOf(board);
  const count = (condition: string) =>
    `(select count(*)::int from credit_balance where kind = $1 and project_id = $2 and ${condition})`;
  const subject = [balanceKind(board), board.projectId, place.value, place.id];
  if (known === undefined) {
    const parts = [count(`${value} > $3`), count(`${value} = $3 and subject_id < $4`)];
    return { text: `select ${parts.join(" + ")} as before`, values: subject };
  }
  if (known.value === place.value) {
    return {
      text: `select ${count(`${value} = $3 and subject_id < $4 and subject_id >= $5`)} as before`,
      values: [...subject, known.id],
    };
  }
  const parts = [
    count(`${value} = $5 and subject_id >= $6`),
    count(`${value} > $3 and ${value} < $5`),
    count(`${value} = $3 and subject_id < $4`),
  ];
  return { text: `select ${parts.join(" + ")} as before`, values: [...subject, known.value, known.id] };
}
