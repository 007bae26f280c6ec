import * as z from "zod";
import {
  deprecateVersion,
  effectOfChange,
  listVersionsByApp,
  replaceOnVersion,
  withdrawVersion,
} from "../../app-version/manage-versions.ts";
import { nowSeconds } from "../../clock.ts";
import { depsOf } from "../../deps.ts";
import { requireAccess } from "../../project/authorise.ts";
import { accountProcedure, readProcedure } from "../../trpc/init.ts";

const PUBLISH = { scope: "publish" } as const;
const id = z.int().min(1);
/** Everybody who sees the project reads it. */
const change = z.strictObject({ appVersionId: id, reason: z.string().trim().min(1).max(500) });

/** What becomes of published versions: for their project's owners, and for everybody to see. */
export const manageVersions = {
  byApp: readProcedure.input(z.strictObject({ slug: z.string().max(60) })).query(async ({ ctx, input }) => {
    const { projectId } = await requireAccess(ctx.services.pool, await ctx.viewer(), input);
    return await listVersionsByApp(ctx.services, projectId);
  }),
  /** How much work a change would concern. */
  effect: accountProcedure
    .meta(PUBLISH)
    .input(z.strictObject({ appVersionId: id }))
    .query(async ({ ctx, input }) => effectOfChange(await depsOf(ctx.services), ctx.user, input.appVersionId)),
  deprecate: accountProcedure
    .meta(PUBLISH)
    .input(change)
    .mutation(async ({ ctx, input }) => deprecateVersion(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  withdraw: accountProcedure
    .meta(PUBLISH)
    .input(change)
    .mutation(async ({ ctx, input }) => withdrawVersion(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  replace: accountProcedure
    .meta(PUBLISH)
    .input(z.strictObject({ fromVersionId: id, toVersionId: id }))
    .mutation(async ({ ctx, input }) => replaceOnVersion(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
};
