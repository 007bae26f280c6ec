import type { Pool } from "pg";

export interface Leader {
  rank: number;
  userId: number;
  name: string | null;
  totalMicro: number;
  recentAverage: number;
  recentAverageSeconds: number;
  results: number;
}

export type LeaderOrder = "total" | "recent";

/** One page of the leaderboard, best first. `offset` counts from 0. Users without credit are not listed. */
export async function listLeaders(
  pool: Pool,
  args: { order: LeaderOrder; offset: number; limit: number },
): Promise<Leader[]> {
  // The column comes from a closed list, never from outside.
  const column = { total: "total_micro", recent: "recent_average" }[args.order];
  const { rows } = await pool.query<Omit<Leader, "rank">>(
    `select b.subject_id as "userId", u.name, b.total_micro as "totalMicro", b.recent_average as "recentAverage",
            b.recent_average_seconds as "recentAverageSeconds", b.n_results as results
       from credit_balance b join app_user u on u.id = b.subject_id
      where b.kind = 'user' and b.project_id = 0 and b.total_micro > 0
      order by b.${column} desc, b.subject_id offset $1 limit $2`,
    [args.offset, args.limit],
  );
  return rows.map((row, index) => ({ rank: args.offset + index + 1, ...row }));
}
