import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { depsOf } from "../../deps.ts";
import { listDeeds } from "../../operator/audit-log.ts";
import { ROLES, requireRoleIn } from "../../project/authorise.ts";
import { changeRole, handOver, listMembers, removeMember } from "../../project/members.ts";
import { accountProcedure, router } from "../../trpc/init.ts";

const DEEDS_SHOWN = 50;

const slug = z.object({ slug: z.string().max(60) });
const member = slug.extend({ userId: z.int().positive() });
const MANAGE = { scope: "manage" } as const;

export const memberRouter = router({
  list: accountProcedure
    .meta(MANAGE)
    .input(slug)
    .query(({ ctx, input }) => listMembers(ctx.services.pool, ctx.user, input.slug)),
  changeRole: accountProcedure
    .input(member.extend({ role: z.enum(ROLES) }))
    .mutation(async ({ ctx, input }) => changeRole(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  /** Oneself: leaves the project. */
  remove: accountProcedure
    .input(member)
    .mutation(async ({ ctx, input }) => removeMember(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  handOver: accountProcedure
    .input(member)
    .mutation(async ({ ctx, input }) => handOver(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  /** Who did what in the project. */
  deeds: accountProcedure
    .input(slug.extend({ beforeId: z.int().positive().nullable() }))
    .query(async ({ ctx, input }) => {
      const { projectId } = await requireRoleIn(ctx.services.pool, ctx.user, { slug: input.slug }, "admin");
      return await listDeeds(ctx.services.pool, { projectId, beforeId: input.beforeId, limit: DEEDS_SHOWN });
    }),
});
