import { nowSeconds } from "../../clock.ts";
import { sessionRequestSchema, sessionResponseSchema } from "../../core/wire/exchange.ts";
import { depsOf } from "../../deps.ts";
import { openSession } from "../../host/open-session.ts";
import { limitsOf } from "../../host/rate-limits.ts";
import { publicProcedure } from "../../trpc/init.ts";

/** Anybody: proves who a host is, or makes a new anonymous identity. */
export const sessionProcedure = publicProcedure
  .input(sessionRequestSchema)
  .output(sessionResponseSchema)
  .mutation(async ({ ctx, input }) => {
    const { services, address, userAgent } = ctx;
    const mayCreate = () => limitsOf(services).newIdentity(address);
    return openSession(await depsOf(services), { request: input, address, userAgent, mayCreate }, nowSeconds());
  });
