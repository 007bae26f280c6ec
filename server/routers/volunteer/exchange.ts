import { nowSeconds } from "../../clock.ts";
import { type ExchangeResponse, exchangeRequestSchema } from "../../core/wire/exchange.ts";
import { depsOf } from "../../deps.ts";
import { hostOfToken } from "../../host/authenticate.ts";
import { limitsOf } from "../../host/rate-limits.ts";
import { publicProcedure } from "../../trpc/init.ts";
import { exchange } from "../../volunteer/exchange.ts";

/**
 * A host with a session: reports finished results, renews leases, asks for work. The answer is built by one function of that
 * type and is not parsed again: at 64 leases that would cost as much as making it.
 */
export const exchangeProcedure = publicProcedure
  .input(exchangeRequestSchema)
  .mutation(async ({ ctx, input }): Promise<ExchangeResponse> => {
    const { services, address, bearerToken } = ctx;
    const deps = await depsOf(services);
    const hostId = hostOfToken(deps, bearerToken, nowSeconds());
    await limitsOf(services).exchange(hostId);
    return exchange(deps, { hostId, address, request: input }, nowSeconds());
  });
