import type { IncomingHttpHeaders } from "node:http";
import { isIPv6 } from "node:net";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { networkOf } from "../host/network.ts";
import { HttpError } from "./http-error.ts";
import { secondsToWait } from "./seconds-to-wait.ts";

/** Counts one more (or `count` more) of an address. @throws {HttpError} 429, which says when there is room again. */
export type Limiter = (address: string, count?: number) => Promise<void>;

/**
 * Limits calls to /api per network address (of IPv6: per /48, since a household has all of it) and minute. Counted in this process: with several processes an address gets
 * as many times the limit, which is still a limit. What must be exact is counted in the database, by its use case.
 */
export function createCallLimiter(callsPerMinute: number): Limiter {
  return createLimiter(callsPerMinute, (wait) => `Too many calls from your network; try again in ${wait} s.`);
}

/** Whether a browser asks for a page before anybody clicked on its link, as Next's links do. */
export const isAhead = (headers: IncomingHttpHeaders) => headers["next-router-prefetch"] !== undefined;

/** A visitor's first page loads about 14 parts of others ahead, the next ones hardly any; each costs a quarter of a page. */
const AHEAD_PER_PAGE = 5;

/**
 * Limits pages in the same way: each is rendered anew and asks the database. What is loaded ahead is counted apart, so that it keeps
 * nobody from a page: a link of which nothing was loaded ahead works all the same.
 */
export function createPageLimiter(
  pagesPerMinute: number,
): (address: string, headers: IncomingHttpHeaders) => Promise<void> {
  const refuse = (wait: number) => `Too many pages for your network; try again in ${wait} s.`;
  const asked = createLimiter(pagesPerMinute, refuse);
  const ahead = createLimiter(pagesPerMinute * AHEAD_PER_PAGE, refuse);
  return (address, headers) => (isAhead(headers) ? ahead : asked)(address);
}

function createLimiter(perMinute: number, refuse: (waitSeconds: number) => string): Limiter {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (address, count = 1) => {
    const key = isIPv6(address) ? (networkOf(address) ?? address) : address;
    const wait = await secondsToWait(limiter, key, count);
    if (wait !== null) throw new HttpError(429, refuse(wait), { "retry-after": String(wait) });
  };
}
