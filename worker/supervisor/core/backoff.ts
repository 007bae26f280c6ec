import { BACKOFF_BASE_MS, BACKOFF_MAX_MS } from "./limits.ts";

/**
 * Milliseconds to wait after the `failures`th failure in a row (1, 2, ...): doubling, capped, half of it jitter, so that
 * the clients of a server that was away do not all come back in the same second.
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return full * (0.5 + random / 2);
}
