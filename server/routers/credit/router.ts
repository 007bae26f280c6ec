import * as z from "zod";
import { loneDeviceOf, refuseDeviceOfAccount, type Viewer } from "../../account/viewer.ts";
import { nowSeconds } from "../../clock.ts";
import { NAME_MAX_CHARACTERS } from "../../core/limits.ts";
import { CHART_SPLITS, CHART_STEPS, creditOverTime } from "../../credit/credit-over-time.ts";
import { getDeviceCredit, getMyCredit, RESULTS_SHOWN } from "../../credit/get-my-credit.ts";
import { getPublicPerson, publicUserId } from "../../credit/get-public-person.ts";
import { listMyResults } from "../../credit/list-my-results.ts";
import { sharePage } from "../../credit/share-page.ts";
import { cached } from "../../database/cached.ts";
import { perPool } from "../../database/per-pool.ts";
import type { Pool } from "../../database/pool.ts";
import { Refusal } from "../../refusal.ts";
import { publicProcedure, router, userProcedure } from "../../trpc/init.ts";
import { renameUser } from "../../user/rename-user.ts";

/** What everybody may ask for is read once for all who ask meanwhile. */
const SHARED_MS = 5_000;

const reads = perPool((pool: Pool) => ({
  person: cached(SHARED_MS, (id: number) => getPublicPerson(pool, id, nowSeconds())),
}));

const idSchema = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const chartSchema = z.object({ step: z.enum(CHART_STEPS), split: z.enum(CHART_SPLITS) });

export const creditRouter = router({
  /** Credit of the caller: an account with all its devices, or a device; an account's device alone has its own only. */
  mine: userProcedure.meta({ scope: "read" }).query(async ({ ctx: { services, user } }) => {
    const { pool } = services;
    const onlyHostId = await loneDeviceOf(pool, user);
    const credit =
      onlyHostId === null
        ? await getMyCredit(pool, user.userId, nowSeconds())
        : await getDeviceCredit(pool, { userId: user.userId, onlyHostId }, nowSeconds());
    /** Whether the caller may change what others see. */
    return { ...credit, mayChange: onlyHostId === null };
  }),
  /** The caller's results that ended, after one of an earlier page. */
  results: userProcedure
    .meta({ scope: "read" })
    .input(z.object({ after: z.object({ reportedSeconds: z.int().nullable(), resultId: idSchema }).nullable() }))
    .query(async ({ ctx: { services, user }, input }) => {
      const whose = { userId: user.userId, onlyHostId: await loneDeviceOf(services.pool, user) };
      return await listMyResults(services.pool, { ...whose, after: input.after, limit: RESULTS_SHOWN });
    }),
  /** The caller's credit over time. */
  chart: userProcedure
    .meta({ scope: "read" })
    .input(chartSchema)
    .query(async ({ ctx: { services, user }, input }) => {
      const of = { what: "user" as const, id: user.userId, onlyHostId: await loneDeviceOf(services.pool, user) };
      return await creditOverTime(services.pool, { of, ...input, isForAll: false }, nowSeconds());
    }),
  /** Sets the caller's public name; an empty one makes it anonymous again, and ends its page. */
  rename: userProcedure
    .meta({ scope: "manage" })
    .input(z.object({ name: z.string().max(NAME_MAX_CHARACTERS * 4) }))
    .mutation(async ({ ctx, input }) => {
      refuseBoundToken(ctx.user);
      const { pool } = ctx.services;
      await refuseDeviceOfAccount(pool, ctx.user);
      const name = await renameUser(pool, { userId: ctx.user.userId, name: input.name });
      if (name === null) await sharePage(pool, { userId: ctx.user.userId, isPublic: false }, nowSeconds());
      return { name };
    }),
  /** Whether the caller has a page that everybody may see. */
  share: userProcedure
    .meta({ scope: "manage" })
    .input(z.object({ isPublic: z.boolean() }))
    .mutation(async ({ ctx, input }) => {
      refuseBoundToken(ctx.user);
      await refuseDeviceOfAccount(ctx.services.pool, ctx.user);
      await sharePage(ctx.services.pool, { userId: ctx.user.userId, isPublic: input.isPublic }, nowSeconds());
    }),
  /** A person's public page; null: there is none. */
  person: publicProcedure.input(z.object({ id: idSchema })).query(async ({ ctx: { services }, input }) => {
    // Asked every time: who takes their page back is seen by nobody any more.
    const userId = await publicUserId(services.pool, input.id).catch(nullWhenNotFound);
    return userId === null ? null : await reads(services.pool).person(userId).catch(nullWhenNotFound);
  }),
  /** Credit over time of somebody with a public page. Their devices are nobody's business. */
  personChart: publicProcedure
    .input(z.object({ id: idSchema, step: z.enum(CHART_STEPS), split: z.enum(["all", "project"]) }))
    .query(async ({ ctx, input: { id, ...chart } }) => {
      const userId = await publicUserId(ctx.services.pool, id);
      return await creditOverTime(
        ctx.services.pool,
        { of: { what: "user", id: userId }, ...chart, isForAll: true },
        nowSeconds(),
      );
    }),
});

/** What a person is called, and shows, concerns no project. @throws {Refusal} */
function refuseBoundToken({ onlyProjectId }: Viewer): void {
  if (onlyProjectId !== null) throw new Refusal("forbidden", "This token is for one project only.");
}

function nullWhenNotFound(error: unknown): null {
  if (error instanceof Refusal && error.code === "not_found") return null;
  throw error;
}
