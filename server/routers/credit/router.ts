import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { NAME_MAX_CHARACTERS } from "../../core/limits.ts";
import { getMyCredit } from "../../credit/get-my-credit.ts";
import { depsOf } from "../../deps.ts";
import { hostOfToken } from "../../host/authenticate.ts";
import { Refusal } from "../../refusal.ts";
import type { Context } from "../../trpc/context.ts";
import { publicProcedure, router } from "../../trpc/init.ts";
import { renameUser } from "../../user/rename-user.ts";

/** The user of a request's session: only the browser that holds the identity's key can open one. */
async function userOfSession({ services, bearerToken }: Context): Promise<number> {
  const hostId = hostOfToken(await depsOf(services), bearerToken, nowSeconds());
  const { rows } = await services.pool.query<{ userId: number }>('select user_id as "userId" from host where id = $1', [
    hostId,
  ]);
  if (rows[0]) return rows[0].userId;
  throw new Refusal("unauthenticated", "This browser's identity is not known here. Press Start to make a new one.");
}

export const creditRouter = router({
  /** Credit of the user this session belongs to. */
  mine: publicProcedure.query(async ({ ctx }) =>
    getMyCredit(ctx.services.pool, String(await userOfSession(ctx)), nowSeconds()),
  ),
  /** Sets the public name of the session's user; an empty one makes it anonymous again. */
  rename: publicProcedure
    .input(z.object({ name: z.string().max(NAME_MAX_CHARACTERS * 4) }))
    .mutation(async ({ ctx, input }) => ({
      name: await renameUser(ctx.services.pool, { userId: await userOfSession(ctx), name: input.name }),
    })),
});
