import { isIPv6 } from "node:net";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { networkOf } from "../host/network.ts";
import { HttpError } from "./http-error.ts";
import { secondsToWait } from "./seconds-to-wait.ts";

/**
 * Limits calls to /api per network address (of IPv6: per /48, since a household has all of it) and minute. Counted in this process: with several processes an address gets
 * as many times the limit, which is still a limit. What must be exact is counted in the database, by its use case.
 */
export function createCallLimiter(callsPerMinute: number): (address: string, calls?: number) => Promise<void> {
  const limiter = new RateLimiterMemory({ points: callsPerMinute, duration: 60 });
  return async (address, calls = 1) => {
    const key = isIPv6(address) ? (networkOf(address) ?? address) : address;
    const wait = await secondsToWait(limiter, key, calls);
    if (wait === null) return;
    throw new HttpError(429, `Too many calls from your network; try again in ${wait} s.`, {
      "retry-after": String(wait),
    });
  };
}
