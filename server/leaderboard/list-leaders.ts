import { averageNow } from "../core/credit/recent-average.ts";
import type { Pool } from "../database/pool.ts";
import { type Board, type BoardKind, balanceKind, columnOf, leastValue, type Place } from "./board.ts";

/** One line of a leaderboard, with what everybody may know of the subject. */
export interface Leader extends Place {
  /** Public name of a user, name of a team, public name of a device's owner; null: none was chosen. */
  name: string | null;
  /** The page it has: of a user who chose one, of a team, of a device's owner. */
  page: { what: "people" | "teams"; id: number } | null;
  totalMicro: number;
  /** Credit per day, as it reads now. */
  recentAverage: number;
  results: number;
  /** A team's members. */
  members: number | null;
}

/** `down`: the lines after a place, null for the top. `up`: those just before it. Both in the order of the board. */
export type LeaderPage = { board: Board; from: Omit<Place, "rank"> | null; direction: "down" | "up"; limit: number };

interface Row {
  value: number;
  id: number;
  totalMicro: number;
  recentAverage: number;
  recentAverageSeconds: number;
  results: number;
  name: string | null;
  pageId: number | null;
  members: number | null;
}

/**
 * One page of a leaderboard. It costs the same wherever it is: the index is entered at the place, once for the equals of it
 * and once for what comes after (one condition for both would walk through all equals, which may be most of the board).
 */
export async function listLeaders(
  pool: Pool,
  { board, from, direction, limit }: LeaderPage,
  nowSeconds: number,
): Promise<Omit<Leader, "rank">[]> {
  const value = columnOf(board);
  const [less, more, order, idOrder] = direction === "down" ? ["<", ">", "desc", "asc"] : [">", "<", "asc", "desc"];
  const one = (condition: string) => `
    (select ${value} as value, subject_id, total_micro, recent_average, recent_average_seconds, n_results from credit_balance
      where kind = $1 and project_id = $2 and ${value} > $3 and ${condition}
      order by ${value} ${order}, subject_id ${idOrder} limit $4)`;
  const branches =
    from === null
      ? one("true")
      : `${one(`${value} = $5 and subject_id ${more} $6`)} union all ${one(`${value} ${less} $5`)}`;
  const values = [balanceKind(board), board.projectId, leastValue(board, nowSeconds), limit];
  const { rows } = await pool.query<Row>(
    `with page as materialized (select * from (${branches}) both_branches order by value ${order}, subject_id ${idOrder} limit $4)
     select p.value, p.subject_id as id, p.total_micro as "totalMicro", p.recent_average as "recentAverage",
            p.recent_average_seconds as "recentAverageSeconds", p.n_results as results, ${ABOUT[board.kind].columns}
       from page p ${ABOUT[board.kind].joins} order by p.value desc, p.subject_id`,
    from === null ? values : [...values, from.value, from.id],
  );
  const what = board.kind === "teams" ? "teams" : "people";
  return rows.map(({ pageId, recentAverageSeconds, recentAverage, ...row }) => ({
    ...row,
    recentAverage: averageNow({ perDay: recentAverage, seconds: recentAverageSeconds }, nowSeconds),
    page: pageId === null ? null : { what, id: pageId },
  }));
}

const PUBLIC_PAGE = `case when u.public_since_seconds is not null then u.id end as "pageId"`;

const ABOUT: Record<BoardKind, { columns: string; joins: string }> = {
  users: {
    columns: `u.name, ${PUBLIC_PAGE}, null as members`,
    joins: "left join app_user u on u.id = p.subject_id and u.deleted_seconds is null and u.merged_into is null",
  },
  teams: {
    columns: `t.name, case when t.closed_seconds is null then t.id end as "pageId",
      (select count(*)::int from (select from team_membership m where m.team_id = t.id and m.left_seconds is null limit 1000) counted) as members`,
    joins: "left join team t on t.id = p.subject_id",
  },
  devices: {
    columns: `u.name, ${PUBLIC_PAGE}, null as members`,
    joins: `left join host h on h.id = p.subject_id
      left join app_user u on u.id = h.user_id and u.deleted_seconds is null and u.merged_into is null`,
  },
};
