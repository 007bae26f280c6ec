import type { BackendKind } from "../../../server/core/wire/exchange.ts";

/** What this device learned about how long workunits take. */

const WEIGHT = 0.3;

export function durationKey(backend: BackendKind, appVersionHash: string): string {
  return `${backend}:${appVersionHash}`;
}

/** Exponentially smoothed; a first value counts in full. */
export function learnDuration(known: ReadonlyMap<string, number>, key: string, elapsedMs: number): Map<string, number> {
  const before = known.get(key);
  const next = new Map(known);
  next.delete(key);
  next.set(key, before === undefined ? elapsedMs : before + WEIGHT * (elapsedMs - before));
  // An app version that is not met any more leaves in the end; 64 is far above what anybody runs at one time.
  for (const oldest of next.keys()) {
    if (next.size <= 64) break;
    next.delete(oldest);
  }
  return next;
}

/** Shortest of the known durations on a backend: what prefetching must be ready for. Null when nothing is known. */
export function shortestDurationMs(known: ReadonlyMap<string, number>, backend: BackendKind): number | null {
  let shortest: number | null = null;
  for (const [key, ms] of known) {
    if (key.startsWith(`${backend}:`) && (shortest === null || ms < shortest)) shortest = ms;
  }
  return shortest;
}
