import * as z from "zod";
import { idSchema } from "../../core/wire/exchange.ts";
import { depsOf } from "../../deps.ts";
import { getWorkunitStory } from "../../evidence/get-workunit-story.ts";
import { accessTo, mayReadData } from "../../project/authorise.ts";
import { readProcedure, router } from "../../trpc/init.ts";
import { prepareRerun } from "../../workunit/prepare-rerun.ts";

export const workunitRouter = router({
  /** What confirmed a workunit or why it failed; null when there is none of that id for the caller. */
  story: readProcedure.input(z.object({ id: idSchema })).query(async ({ ctx, input }) => {
    const { pool } = ctx.services;
    const story = await getWorkunitStory(pool, input.id);
    const access = story && (await accessTo(pool, await ctx.viewer(), { slug: story.project.slug }));
    return access && mayReadData(access) ? story : null;
  }),
  /** What somebody needs who computes an ended workunit once more, and compares. */
  rerun: readProcedure
    .input(z.object({ id: idSchema }))
    .query(async ({ ctx, input }) => await prepareRerun(await depsOf(ctx.services), await ctx.viewer(), input.id)),
});
