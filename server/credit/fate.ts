import type { Fate } from "../core/wire/exchange.ts";

export interface FateColumns {
  state: string;
  outcome: string | null;
  validation: string;
}

/**
 * What became of a result, as its volunteer is told. Replicated and single results look the same while they are being
 * checked, and an inconclusive one is still being checked.
 */
export function fateOf({ outcome, validation }: FateColumns): Fate {
  if (outcome === "ok") {
    if (validation === "valid") return "confirmed";
    if (validation === "invalid") return "not_confirmed";
    if (validation === "late") return "too_late";
    if (validation === "nocheck") return "not_needed";
    return "being_checked";
  }
  if (outcome === "err" || outcome === "valerr") return "failed";
  if (outcome === "noreply") return "too_late";
  if (outcome === "aborted" || outcome === "unneeded" || outcome === "unsendable") return "not_needed";
  return "returned";
}
