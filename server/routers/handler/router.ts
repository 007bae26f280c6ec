import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { depsOf } from "../../deps.ts";
import {
  addProjectHandler,
  listProjectHandlers,
  switchProjectHandler,
  testProjectHandler,
} from "../../project/manage-handlers.ts";
import { accountProcedure, router } from "../../trpc/init.ts";

const slug = z.object({ slug: z.string().max(60) });
const handler = slug.extend({ handlerId: z.int().positive() });
const wish = z.discriminatedUnion("kind", [
  slug.extend({ kind: z.literal("webhook"), url: z.string().max(2_000) }),
  slug.extend({ kind: z.literal("export") }),
]);
const MANAGE = { scope: "manage" } as const;

/** How a project is told of its results: for its admins. */
export const handlerRouter = router({
  list: accountProcedure
    .meta(MANAGE)
    .input(slug)
    .query(async ({ ctx, input }) =>
      listProjectHandlers(await depsOf(ctx.services), ctx.user, input.slug, nowSeconds()),
    ),
  add: accountProcedure
    .meta(MANAGE)
    .input(wish)
    .mutation(async ({ ctx, input }) => addProjectHandler(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  switch: accountProcedure
    .meta(MANAGE)
    .input(handler.extend({ enabled: z.boolean() }))
    .mutation(async ({ ctx, input }) =>
      switchProjectHandler(await depsOf(ctx.services), ctx.user, input, nowSeconds()),
    ),
  test: accountProcedure
    .meta(MANAGE)
    .input(handler)
    .mutation(async ({ ctx, input }) => testProjectHandler(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
});
