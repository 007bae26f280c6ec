import { nowSeconds } from "../../clock.ts";
import { cached } from "../../database/cached.ts";
import type { Pool } from "../../database/pool.ts";
import { getStatus } from "../../status/get-status.ts";
import { publicProcedure, router } from "../../trpc/init.ts";
import { perPool } from "../per-pool.ts";

const SHARED_MS = 2_000;

const reads = perPool((pool: Pool) => ({ get: cached(SHARED_MS, () => getStatus(pool, nowSeconds())) }));

export const statusRouter = router({
  get: publicProcedure.query(({ ctx }) => reads(ctx.services.pool).get()),
});
