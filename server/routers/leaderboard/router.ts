import * as z from "zod";
import { cached } from "../../database/cached.ts";
import type { Pool } from "../../database/pool.ts";
import { type LeaderOrder, listLeaders } from "../../leaderboard/list-leaders.ts";
import { publicProcedure, router } from "../../trpc/init.ts";
import { perPool } from "../per-pool.ts";

const PAGE = 50;
const SHARED_MS = 1_500;
/** Deeper than anybody reads; one's own position is found by another query. */
const MAX_OFFSET = 100_000;

const reads = perPool((pool: Pool) => ({
  list: cached(SHARED_MS, (order: string, offset: number) =>
    listLeaders(pool, { order: order as LeaderOrder, offset, limit: PAGE }),
  ),
}));

export const leaderboardRouter = router({
  list: publicProcedure
    .input(z.object({ order: z.enum(["total", "recent"]), offset: z.int().min(0).max(MAX_OFFSET) }))
    .query(({ ctx, input }) => reads(ctx.services.pool).list(input.order, input.offset)),
});
