import * as z from "zod";
import { listProjectVersions } from "../../app-version/list-project-versions.ts";
import { requireAccess } from "../../project/authorise.ts";
import { readProcedure, router } from "../../trpc/init.ts";
import { manageVersions } from "./manage.ts";

export const versionRouter = router({
  /** What a project's workunits can be computed with, the newest version first. */
  list: readProcedure.input(z.strictObject({ slug: z.string().max(60) })).query(async ({ ctx, input }) => {
    const { projectId } = await requireAccess(ctx.services.pool, await ctx.viewer(), input);
    return await listProjectVersions(ctx.services, projectId);
  }),
  ...manageVersions,
});
