import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { cached } from "../../database/cached.ts";
import { perPool } from "../../database/per-pool.ts";
import type { Pool } from "../../database/pool.ts";
import { isDiskFull } from "../../status/full-disk.ts";
import { getStatus } from "../../status/get-status.ts";
import { publicProcedure, router } from "../../trpc/init.ts";

const SHARED_MS = 2_000;

const reads = perPool((pool: Pool) => ({
  get: cached(SHARED_MS, (hours: number, full: number) =>
    getStatus(pool, { hours, diskFull: full === 1 }, nowSeconds()),
  ),
}));

/** How far back the charts go. */
const hoursSchema = z.union([z.literal(1), z.literal(6), z.literal(24)]);

export const statusRouter = router({
  get: publicProcedure
    .input(z.strictObject({ hours: hoursSchema.default(6) }).prefault({}))
    .query(({ ctx, input }) => reads(ctx.services.pool).get(input.hours, isDiskFull(ctx.services) ? 1 : 0)),
});
