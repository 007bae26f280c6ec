import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { NAME_MAX_CHARACTERS } from "../../core/limits.ts";
import { getMyCredit } from "../../credit/get-my-credit.ts";
import { depsOf } from "../../deps.ts";
import { Refusal } from "../../refusal.ts";
import type { Services } from "../../services.ts";
import { publicProcedure, router } from "../../trpc/init.ts";
import { renameUser } from "../../user/rename-user.ts";

/** Session token of a host: only the browser that holds the identity's key can get one. */
const session = z.object({ token: z.string().min(1).max(200) });

async function userOfSession(services: Services, token: string): Promise<number> {
  const hostId = (await depsOf(services)).secrets.hostOfSession(token, nowSeconds());
  if (hostId !== null) {
    const { rows } = await services.pool.query<{ userId: number }>(
      'select user_id as "userId" from host where id = $1',
      [hostId],
    );
    if (rows[0]) return rows[0].userId;
  }
  throw new Refusal("unauthenticated", "This session has run out. Reload the page to open a new one.");
}

export const creditRouter = router({
  /** Credit of the user this session belongs to. */
  mine: publicProcedure
    .input(session)
    .query(async ({ ctx, input }) =>
      getMyCredit(ctx.services.pool, String(await userOfSession(ctx.services, input.token)), nowSeconds()),
    ),
  /** Sets the public name of the session's user; an empty one makes it anonymous again. */
  rename: publicProcedure
    .input(session.extend({ name: z.string().max(NAME_MAX_CHARACTERS * 4) }))
    .mutation(async ({ ctx, input }) => ({
      name: await renameUser(ctx.services.pool, {
        userId: await userOfSession(ctx.services, input.token),
        name: input.name,
      }),
    })),
});
