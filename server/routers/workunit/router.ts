import * as z from "zod";
import { idSchema } from "../../core/wire/exchange.ts";
import { getWorkunitStory } from "../../evidence/get-workunit-story.ts";
import { publicProcedure, router } from "../../trpc/init.ts";

export const workunitRouter = router({
  /** What confirmed a workunit or why it failed; null when there is none of that id. */
  story: publicProcedure
    .input(z.object({ id: idSchema }))
    .query(({ ctx, input }) => getWorkunitStory(ctx.services.pool, input.id)),
});
