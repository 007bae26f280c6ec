import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { DAY_SECONDS } from "../../core/limits.ts";
import { cached } from "../../database/cached.ts";
import type { Pool } from "../../database/pool.ts";
import { getCost } from "../../project/get-cost.ts";
import { getProject } from "../../project/get-project.ts";
import { listProjects } from "../../project/list-projects.ts";
import { listConfirmed } from "../../project/list-results.ts";
import { publicProcedure, router } from "../../trpc/init.ts";
import { perPool } from "../per-pool.ts";

/** Pages ask every few seconds, each visitor on its own: the same numbers serve all who ask within this time. */
const SHARED_MS = 1_500;
const COST_SHARED_MS = 10_000;
const CONFIRMED_SHOWN = 20;

const slug = z.object({ slug: z.string().max(60) });

const reads = perPool((pool: Pool) => ({
  list: cached(SHARED_MS, () => listProjects(pool, nowSeconds())),
  get: cached(SHARED_MS, (name: string) => getProject(pool, name, nowSeconds())),
  cost: cached(COST_SHARED_MS, (name: string) => getCost(pool, name, nowSeconds(), DAY_SECONDS)),
  confirmed: cached(SHARED_MS, (name: string) => listConfirmed(pool, name, CONFIRMED_SHOWN)),
}));

export const projectRouter = router({
  list: publicProcedure.query(({ ctx }) => reads(ctx.services.pool).list()),
  get: publicProcedure.input(slug).query(({ ctx, input }) => reads(ctx.services.pool).get(input.slug)),
  cost: publicProcedure.input(slug).query(({ ctx, input }) => reads(ctx.services.pool).cost(input.slug)),
  confirmed: publicProcedure.input(slug).query(({ ctx, input }) => reads(ctx.services.pool).confirmed(input.slug)),
});
