import type { SuccessResult, Verdicts, Workunit } from "./types.ts";

/** For workunits that are compared by digest and have no verifier. */
export const NO_VERDICTS: Verdicts = { agree: new Map(), verified: new Map() };

type Numbered = { id: string; number: number };

/** Key of a stored comparison: the result with the lower number first. */
export function pairKey(a: Numbered, b: Numbered): string {
  return a.number < b.number ? `${a.id}:${b.id}` : `${b.id}:${a.id}`;
}

/**
 * Whether two outputs agree. "unasked" and "waiting": the verdict is not known yet. Digests are compared only where
 * digests are the comparison (S33): equal bytes may still disagree under a comparison that says so (NaN, copied seeds).
 */
export function agreement(
  workunit: Pick<Workunit, "comparison">,
  a: SuccessResult,
  b: SuccessResult,
  verdicts: Verdicts,
): "yes" | "no" | "unasked" | "waiting" {
  if (workunit.comparison === "digest") return a.digest === b.digest ? "yes" : "no";
  const stored = verdicts.agree.get(pairKey(a, b));
  if (stored === undefined) return "unasked";
  if (stored === null) return "waiting";
  return stored ? "yes" : "no";
}
