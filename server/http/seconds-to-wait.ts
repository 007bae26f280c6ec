import { type RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

/** Counts one more of `key` (or `points` more). @returns null while there is room, else the seconds until there is. */
export async function secondsToWait(limiter: RateLimiterMemory, key: string, points = 1): Promise<number | null> {
  try {
    await limiter.consume(key, points);
    return null;
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    return Math.max(1, Math.ceil(error.msBeforeNext / 1000));
  }
}

export function inWords(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
