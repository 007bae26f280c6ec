import * as z from "zod";
import { isDeviceOfAccount } from "../../account/viewer.ts";
import { nowSeconds } from "../../clock.ts";
import { cached } from "../../database/cached.ts";
import { perPool } from "../../database/per-pool.ts";
import type { Pool } from "../../database/pool.ts";
import { BOARD_KINDS, BOARD_ORDERS, type Board, type Place } from "../../leaderboard/board.ts";
import { findBoardProject } from "../../leaderboard/find-board-project.ts";
import { type Leader, type LeaderPage, listLeaders } from "../../leaderboard/list-leaders.ts";
import { createMilestones } from "../../leaderboard/milestones.ts";
import { myPlace } from "../../leaderboard/my-place.ts";
import { publicProcedure, readProcedure, router } from "../../trpc/init.ts";

const PAGE = 50;
/** Lines shown before one's own. */
const BEFORE_ME = 9;
const SHARED_MS = 1_500;
/** One's own rank is counted: once in a while is enough. */
const PLACE_MS = 10_000;

const milestones = perPool((pool: Pool) => createMilestones(pool));
const reads = perPool((pool: Pool) => ({
  project: cached(SHARED_MS, (slug: string) => findBoardProject(pool, slug)),
  page: cached(SHARED_MS, (page: string) => listLeaders(pool, JSON.parse(page) as LeaderPage, nowSeconds())),
  place: cached(PLACE_MS, (board: string, userId: number) =>
    myPlace(pool, { board: JSON.parse(board) as Board, userId, milestones: milestones(pool) }, nowSeconds()),
  ),
}));

const boardSchema = z.object({
  kind: z.enum(BOARD_KINDS),
  order: z.enum(BOARD_ORDERS),
  /** Credit for this project only. */
  project: z.string().max(100).optional(),
});
const idSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const placeSchema = z.object({ value: z.number(), id: idSchema, rank: idSchema });

type BoardInput = z.infer<typeof boardSchema>;

async function boardOf(pool: Pool, { kind, order, project }: BoardInput): Promise<Board> {
  return { kind, order, projectId: project === undefined ? 0 : await reads(pool).project(project) };
}

async function page(pool: Pool, board: Board, from: Place | null, direction: "down" | "up"): Promise<Leader[]> {
  const limit = direction === "down" ? PAGE : BEFORE_ME;
  const at = from && { value: from.value, id: from.id };
  const rows = await reads(pool).page(JSON.stringify({ board, from: at, direction, limit } satisfies LeaderPage));
  const first = direction === "down" ? (from?.rank ?? 0) + 1 : (from?.rank ?? 1) - rows.length;
  return rows.map((row, index) => ({ ...row, rank: Math.max(1, first + index) }));
}

export const leaderboardRouter = router({
  /** One page, best first: the top, or what follows a line of an earlier page. */
  list: publicProcedure
    .input(boardSchema.extend({ after: placeSchema.optional() }))
    .query(async ({ ctx: { services }, input }) =>
      page(services.pool, await boardOf(services.pool, input), input.after ?? null, "down"),
    ),
  /** Where the caller stands (their team, the best of their devices), with the lines around; null: not on this board. */
  mine: readProcedure.input(boardSchema).query(async ({ ctx, input }) => {
    const { pool } = ctx.services;
    const viewer = await ctx.viewer();
    // The line has the name of whose device it is: not for a device alone.
    if (viewer === null || (await isDeviceOfAccount(pool, viewer))) return null;
    const board = await boardOf(pool, input);
    const place = await reads(pool).place(JSON.stringify(board), viewer.userId);
    if (place === null) return null;
    const above = await page(pool, board, place, "up");
    // The own line is the first after the place just before it.
    const from = { value: place.value, id: place.id - 1, rank: place.rank - 1 };
    const below = await page(pool, board, from, "down");
    return { place, leaders: [...above, ...below.slice(0, PAGE - above.length)] };
  }),
});
