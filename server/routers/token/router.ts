import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { depsOf } from "../../deps.ts";
import { createToken, listTokens, newTokenSchema, revokeToken } from "../../token/manage-tokens.ts";
import { accountProcedure, router } from "../../trpc/init.ts";

/** Personal tokens. No token makes or sees tokens: none of these names a scope. */
export const tokenRouter = router({
  list: accountProcedure.query(({ ctx }) => listTokens(ctx.services.pool, ctx.user, nowSeconds())),
  create: accountProcedure
    .input(newTokenSchema)
    .mutation(async ({ ctx, input }) => createToken(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  revoke: accountProcedure
    .input(z.object({ id: z.int().positive() }))
    .mutation(async ({ ctx, input }) => revokeToken(await depsOf(ctx.services), ctx.user, input.id, nowSeconds())),
});
