import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { depsOf } from "../../deps.ts";
import { Refusal } from "../../refusal.ts";
import { createToken, listTokens, newTokenSchema, revokeToken } from "../../token/manage-tokens.ts";
import { whoAmI } from "../../token/who-am-i.ts";
import { accountProcedure, publicProcedure, router } from "../../trpc/init.ts";

/** Personal tokens. No token makes or sees tokens: but for `whoami`, none of these names a scope. */
export const tokenRouter = router({
  /** Whose the token of this call is, and what it may do: for every token, whatever its scopes. */
  whoami: publicProcedure.query(async ({ ctx }) => {
    const viewer = await ctx.viewer();
    if (viewer?.kind !== "account") throw new Refusal("unauthenticated", "Sign in, or send a personal token.");
    return await whoAmI(ctx.services.pool, viewer);
  }),
  list: accountProcedure.query(({ ctx }) => listTokens(ctx.services.pool, ctx.user, nowSeconds())),
  create: accountProcedure
    .input(newTokenSchema)
    .mutation(async ({ ctx, input }) => createToken(await depsOf(ctx.services), ctx.user, input, nowSeconds())),
  revoke: accountProcedure
    .input(z.object({ id: z.int().positive() }))
    .mutation(async ({ ctx, input }) => revokeToken(await depsOf(ctx.services), ctx.user, input.id, nowSeconds())),
});
