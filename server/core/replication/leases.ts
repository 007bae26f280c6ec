import { PARKED_LEASE_SECONDS } from "../limits.ts";
import { pressureStartSeconds } from "./policies/adaptive.ts";
import type { InProgressResult, Parameters, Result, Workunit } from "./types.ts";

/** S26: never moved afterwards. */
export function deadline(parameters: Parameters, sentSeconds: number): number {
  return sentSeconds + parameters.delayBoundSeconds + parameters.graceSeconds;
}

/** S30: where a lease ends that is given or renewed now; null where leases never run out. */
export function leaseEnd(parameters: Pick<Parameters, "leaseSeconds">, nowSeconds: number): number | null {
  return parameters.leaseSeconds === 0 ? null : Math.floor(nowSeconds) + parameters.leaseSeconds;
}

/** S31: where a lease ends whose page stopped computing now; the host's next exchange makes it `leaseEnd` again. */
export function parkedLeaseEnd(parameters: Pick<Parameters, "leaseSeconds">, nowSeconds: number): number | null {
  return parameters.leaseSeconds === 0 ? null : Math.floor(nowSeconds) + PARKED_LEASE_SECONDS;
}

/**
 * How an unreported result has ended by now, if it has. A lease matters inside the deadline only: what ran out first
 * decides, and the deadline where both did in the same second (S26, S29).
 */
export function overdue(result: InProgressResult, nowSeconds: number): "noreply" | "returned" | null {
  const now = Math.floor(nowSeconds);
  const { deadlineSeconds } = result.holder;
  const lease = result.leaseEndSeconds;
  if (lease !== null && lease < deadlineSeconds && now > lease) return "returned";
  return now > deadlineSeconds ? "noreply" : null;
}

/**
 * The first second after `nowSeconds` at which time alone may make `decide` act on these results (all of the workunit or some of
 * them), null when only an event can change anything.
 */
export function nextDueSeconds(workunit: Workunit, results: readonly Result[], nowSeconds: number): number | null {
  let due = Number.POSITIVE_INFINITY;
  for (const result of results) {
    if (result.state !== "in_progress") continue;
    due = Math.min(due, result.holder.deadlineSeconds + 1, (result.leaseEndSeconds ?? due) + 1);
    const pressure = workunit.state === "open" ? pressureStartSeconds(workunit, result) : null;
    if (pressure !== null && pressure > nowSeconds) due = Math.min(due, pressure);
  }
  return Number.isFinite(due) ? due : null;
}
