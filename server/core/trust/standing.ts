import { TRUST_HALVING_SECONDS, TRUST_MAX_PROBABILITY, TRUST_MIN_CONSECUTIVE_VALID } from "../limits.ts";
import type { HostEvent } from "../replication/types.ts";

/** Standing of a host for one app version. c = consecutiveValid, as it was at changedSeconds. */
export type Standing = {
  consecutiveValid: number;
  /** When it was last noted; idle time counts from here. */
  changedSeconds: number;
  valid: number;
  invalid: number;
  errors: number;
  noReplies: number;
};

export function newStanding(nowSeconds: number): Standing {
  return { consecutiveValid: 0, changedSeconds: nowSeconds, valid: 0, invalid: 0, errors: 0, noReplies: 0 };
}

/** S65: c now: it halves, rounded down, for every 30 days in which nothing was noted. */
export function decayed(standing: Pick<Standing, "consecutiveValid" | "changedSeconds">, nowSeconds: number): number {
  const idle = Math.max(0, Math.floor(nowSeconds) - standing.changedSeconds);
  return Math.floor(standing.consecutiveValid / 2 ** Math.floor(idle / TRUST_HALVING_SECONDS));
}

/** S64 */
export function noted(standing: Standing, event: HostEvent, nowSeconds: number): Standing {
  const c = decayed(standing, nowSeconds);
  const now = { ...standing, consecutiveValid: c, changedSeconds: Math.floor(nowSeconds) };
  switch (event) {
    case "valid_replicated":
      return { ...now, consecutiveValid: c + 1, valid: now.valid + 1 };
    case "valid_single":
      return { ...now, valid: now.valid + 1 };
    case "invalid":
    case "outvoted":
      return { ...now, consecutiveValid: 0, invalid: now.invalid + 1 };
    case "error":
      return { ...now, consecutiveValid: 0, errors: now.errors + 1 };
    case "noreply":
      return { ...now, consecutiveValid: 0, noReplies: now.noReplies + 1 };
  }
}

/** S66: the probability that a host's result is accepted alone. */
export function trustProbability(consecutiveValid: number): number {
  if (consecutiveValid < TRUST_MIN_CONSECUTIVE_VALID) return 0;
  return Math.min(1 - 1 / consecutiveValid, TRUST_MAX_PROBABILITY);
}

/** S66, for one draw in [0, 1). */
export function isTrusted(consecutiveValid: number, draw: number): boolean {
  return draw < trustProbability(consecutiveValid);
}
