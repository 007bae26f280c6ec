import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { DAY_SECONDS } from "../../core/limits.ts";
import { depsOf } from "../../deps.ts";
import { listDeeds } from "../../operator/audit-log.ts";
import { banHost, banUser, unbanUser } from "../../operator/bans.ts";
import { approveProject, setQuota, suspendProject, takeOver } from "../../operator/govern-project.ts";
import { listAllProjects, listHosts, listRefusals, listUsers } from "../../operator/look-at-site.ts";
import { listOperators, openOperatorLink, removeOperator } from "../../operator/operator-link.ts";
import { accountProcedure, operatorProcedure, router } from "../../trpc/init.ts";

const DEEDS_SHOWN = 100;
const REFUSALS_SINCE_SECONDS = 7 * DAY_SECONDS;
/** A petabyte. */
const QUOTA_MAX_BYTES = 1024 ** 5;

const id = z.object({ id: z.int().positive() });
const slug = z.object({ slug: z.string().max(60) });
/** Told to whom it concerns. */
const reason = z.string().trim().min(3).max(300);
const search = z.object({ text: z.string().max(60), beforeId: z.int().positive().nullable() });

/** What operators see and do. Everything they change is one line in the log that nobody can take back. */
export const adminRouter = router({
  /** Makes the caller an operator, by the link that the server printed. */
  become: accountProcedure
    .input(z.object({ secret: z.string().max(100) }))
    .mutation(async ({ ctx, input }) =>
      openOperatorLink(await depsOf(ctx.services), ctx.user, input.secret, nowSeconds()),
    ),
  operators: operatorProcedure.query(({ ctx }) => listOperators(ctx.services.pool)),
  removeOperator: operatorProcedure
    .input(id)
    .mutation(async ({ ctx, input }) => removeOperator(await depsOf(ctx.services), ctx.user, input.id, nowSeconds())),

  users: operatorProcedure.input(search).query(({ ctx, input }) => listUsers(ctx.services.pool, input)),
  banUser: operatorProcedure
    .input(id.extend({ reason }))
    .mutation(async ({ ctx, input }) => banUser(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  unbanUser: operatorProcedure
    .input(id)
    .mutation(async ({ ctx, input }) => unbanUser(await depsOf(ctx.services), ctx.user, input.id, nowSeconds())),

  hosts: operatorProcedure.input(search).query(({ ctx, input }) => listHosts(ctx.services.pool, input)),
  banHost: operatorProcedure
    .input(id.extend({ reason: reason.nullable() }))
    .mutation(async ({ ctx, input }) => banHost(await depsOf(ctx.services), ctx.user, input, nowSeconds())),

  projects: operatorProcedure.query(({ ctx }) => listAllProjects(ctx.services.pool)),
  approve: operatorProcedure
    .input(slug)
    .mutation(async ({ ctx, input }) => approveProject(await depsOf(ctx.services), ctx.user, input.slug, nowSeconds())),
  /** With a null reason the project is as it was before. */
  suspend: operatorProcedure
    .input(slug.extend({ reason: reason.nullable() }))
    .mutation(async ({ ctx, input }) => suspendProject(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  setQuota: operatorProcedure
    .input(
      slug.extend({
        storageBytes: z.int().min(0).max(QUOTA_MAX_BYTES).nullable(),
        share: z.number().gt(0).max(1000),
      }),
    )
    .mutation(async ({ ctx, input }) => setQuota(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  takeOver: operatorProcedure
    .input(slug)
    .mutation(async ({ ctx, input }) => takeOver(await depsOf(ctx.services), ctx.user, input.slug, nowSeconds())),

  refusals: operatorProcedure.query(({ ctx }) => {
    const now = nowSeconds();
    return listRefusals(ctx.services.pool, now - REFUSALS_SINCE_SECONDS, now);
  }),
  deeds: operatorProcedure
    .input(z.object({ beforeId: z.int().positive().nullable() }))
    .query(({ ctx, input }) =>
      listDeeds(ctx.services.pool, { projectId: null, beforeId: input.beforeId, limit: DEEDS_SHOWN }),
    ),
});
