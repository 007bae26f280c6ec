import { COULDNT_SEND_WAIT_SECONDS } from "../limits.ts";
import type { Action, Result, Workunit } from "./types.ts";

/** S58: the operator cancels. Nothing when it has ended; results in progress stay so until reported, failed or expired. */
export function onCancel(workunit: Workunit): Action[] {
  if (workunit.state !== "open") return [];
  return [{ type: "fail", errors: ["cancelled"] }, { type: "assimilation_due" }];
}

/** What the shell found about the hosts seen since a result waits. */
export type SeenHosts = {
  /** Hosts seen at or after the result was created. */
  seen: number;
  /** Those of them that are ineligible for it for a permanent reason (memory, backend, class). */
  permanentlyIneligible: number;
};

/** The unsent result that waits longest, null when none waits: hosts seen since its creation matter (S59). */
export function longestWaiting(workunit: Workunit, results: readonly Result[]): Result | null {
  if (workunit.state !== "open") return null;
  let oldest: Result | null = null;
  for (const result of results) {
    if (result.state === "unsent" && (oldest === null || result.createdSeconds < oldest.createdSeconds))
      oldest = result;
  }
  return oldest;
}

/** The first second at which S59 may fire, null when nothing waits to be sent. */
export function unsendableDueSeconds(
  workunit: Workunit,
  results: readonly Result[],
  maxWaitSeconds = COULDNT_SEND_WAIT_SECONDS,
): number | null {
  const oldest = longestWaiting(workunit, results);
  return oldest ? oldest.createdSeconds + maxWaitSeconds + 1 : null;
}

/**
 * S59: nobody can ever run it. The longest waiting result has waited longer than the limit while at least one host was seen,
 * and every host seen was ineligible for a permanent reason. A mere lack of other users never counts.
 */
export function onUnsendable(
  workunit: Workunit,
  results: readonly Result[],
  hosts: SeenHosts,
  nowSeconds: number,
  maxWaitSeconds = COULDNT_SEND_WAIT_SECONDS,
): Action[] {
  const oldest = longestWaiting(workunit, results);
  if (!oldest || Math.floor(nowSeconds) <= oldest.createdSeconds + maxWaitSeconds) return [];
  if (hosts.seen === 0 || hosts.permanentlyIneligible < hosts.seen) return [];
  return [
    { type: "end_result", resultId: oldest.id, outcome: "unsendable" },
    { type: "fail", errors: ["couldnt_send"] },
    { type: "assimilation_due" },
  ];
}
