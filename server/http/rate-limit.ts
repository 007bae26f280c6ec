import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { HttpError } from "./http-error.ts";

/**
 * Limits calls to /api per network address and minute. Counted in this process: with several processes an address gets
 * as many times the limit, which is still a limit. What must be exact is counted in the database, by its use case.
 */
export function createCallLimiter(callsPerMinute: number): (address: string) => Promise<void> {
  const limiter = new RateLimiterMemory({ points: callsPerMinute, duration: 60 });
  return async (address) => {
    try {
      await limiter.consume(address);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw new HttpError(429, `Too many calls from your network; try again in ${seconds} s.`, {
        "retry-after": String(seconds),
      });
    }
  };
}
