import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { DAY_SECONDS } from "../../core/limits.ts";
import { cached } from "../../database/cached.ts";
import { perPool } from "../../database/per-pool.ts";
import type { Pool } from "../../database/pool.ts";
import { depsOf } from "../../deps.ts";
import { accessTo, mayReadData, requireAccess } from "../../project/authorise.ts";
import {
  changeProject,
  foundProject,
  newProjectSchema,
  projectChangeSchema,
  publishProject,
} from "../../project/found-project.ts";
import { getCost } from "../../project/get-cost.ts";
import { getProject } from "../../project/get-project.ts";
import { listProjects } from "../../project/list-projects.ts";
import { listConfirmed } from "../../project/list-results.ts";
import { getProjectSettings, listMyProjects } from "../../project/my-projects.ts";
import { PICTURE_MAX_BYTES, setPicture } from "../../project/picture.ts";
import { accountProcedure, publicProcedure, readProcedure, router } from "../../trpc/init.ts";

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

const READ = { scope: "read" } as const;
const MANAGE = { scope: "manage" } as const;

/** A picture travels as base64: four characters for three bytes. */
const pictureInput = slug.extend({
  base64: z
    .base64()
    .max(Math.ceil((PICTURE_MAX_BYTES * 4) / 3) + 4)
    .nullable(),
});

export const projectRouter = router({
  /** Those that everybody sees. */
  list: publicProcedure.query(({ ctx }) => reads(ctx.services.pool).list()),
  /** One project for its page, and what the caller may do with it; null when there is none for them. */
  get: readProcedure.input(slug).query(async ({ ctx, input }) => {
    const access = await accessTo(ctx.services.pool, await ctx.viewer(), input);
    const project = access && (await reads(ctx.services.pool).get(input.slug));
    if (!access || !project) return null;
    const { role, isOperator, isVisible } = access;
    return { ...project, isVisible, me: { role, isOperator, mayReadData: mayReadData(access) } };
  }),
  cost: readProcedure.input(slug).query(async ({ ctx, input }) => {
    await requireAccess(ctx.services.pool, await ctx.viewer(), input);
    return await reads(ctx.services.pool).cost(input.slug);
  }),
  /** What was confirmed last; nothing for those who may not see the project's data. */
  confirmed: readProcedure.input(slug).query(async ({ ctx, input }) => {
    const access = await requireAccess(ctx.services.pool, await ctx.viewer(), input);
    return mayReadData(access) ? await reads(ctx.services.pool).confirmed(input.slug) : [];
  }),
  mine: accountProcedure.meta(READ).query(({ ctx }) => listMyProjects(ctx.services.pool, ctx.user)),
  settings: accountProcedure
    .meta(MANAGE)
    .input(slug)
    .query(({ ctx, input }) => getProjectSettings(ctx.services.pool, ctx.user, input.slug, nowSeconds())),
  create: accountProcedure
    .meta(MANAGE)
    .input(newProjectSchema)
    .mutation(async ({ ctx, input }) => foundProject(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  change: accountProcedure
    .meta(MANAGE)
    .input(slug.extend({ change: projectChangeSchema }))
    .mutation(async ({ ctx, input }) => changeProject(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  setPicture: accountProcedure
    .meta(MANAGE)
    .input(pictureInput)
    .mutation(async ({ ctx, input }) => {
      const bytes = input.base64 === null ? null : Buffer.from(input.base64, "base64");
      await setPicture(await depsOf(ctx.services), ctx.user, { slug: input.slug, bytes }, nowSeconds());
    }),
  publish: accountProcedure
    .meta(MANAGE)
    .input(slug.extend({ publish: z.boolean() }))
    .mutation(async ({ ctx, input }) => {
      const needsApproval = ctx.services.settings.PROJECT_APPROVAL === "on";
      const wish = { ...input, needsApproval };
      return { state: await publishProject(await depsOf(ctx.services), ctx.user, wish, nowSeconds()) };
    }),
});
