import type { FailedResult, InProgressResult, Result, SuccessResult } from "./types.ts";

/** What the rules count in the results of one workunit. */
export type Tally = {
  unsent: number;
  inProgress: InProgressResult[];
  /** S4: successes that are not invalid, ascending by number. */
  successes: SuccessResult[];
  errors: number;
  /** S3: results that count to max_total. */
  counted: number;
};

/** S2: errors and malformed outputs count to max_error, nothing else does. */
export function countsToMaxError(result: Result): boolean {
  return result.state === "over" && (result.outcome === "err" || result.outcome === "valerr");
}

/** S3: everything that exists counts to max_total, unless it ended through nobody's fault or was never sent. */
export function countsToMaxTotal(result: Result): boolean {
  if (result.state !== "over") return true;
  switch (result.outcome) {
    case "returned":
    case "unneeded":
    case "unsendable":
      return false;
    case "aborted":
      return result.abortedBy !== "server";
    default:
      return true;
  }
}

/** S4 */
export function isSuccess(result: Result): result is SuccessResult {
  return result.state === "over" && result.outcome === "ok" && result.validation !== "invalid";
}

/** A success about which nothing has been decided for good. */
export function isUnresolved(result: SuccessResult): boolean {
  return result.validation === "init" || result.validation === "inconclusive";
}

/** A result that somebody has or had: everything but unsent, unneeded and unsendable ones. */
export type SentResult = InProgressResult | SuccessResult | FailedResult;
export function wasSent(result: Result): result is SentResult {
  return "holder" in result;
}

export function tally(results: readonly Result[]): Tally {
  const counts: Tally = { unsent: 0, inProgress: [], successes: [], errors: 0, counted: 0 };
  for (const result of results) {
    if (countsToMaxTotal(result)) counts.counted += 1;
    if (result.state === "unsent") counts.unsent += 1;
    else if (result.state === "in_progress") counts.inProgress.push(result);
    else if (isSuccess(result)) counts.successes.push(result);
    else if (countsToMaxError(result)) counts.errors += 1;
  }
  return counts;
}

/** S5: what max_total still allows to be created; a negative remainder is 0. */
export function remaining(maxTotalResults: number, counted: number): number {
  return Math.max(0, maxTotalResults - counted);
}

/** Throws when there is no such result: a bug of the caller, never an expected outcome. */
export function resultById(results: readonly Result[], id: string): Result {
  const found = results.find((result) => result.id === id);
  if (!found) throw new Error(`result ${id} is not one of this workunit`);
  return found;
}
