import type { State } from "./core/types.ts";

/** A lease as a page needs it to park or hand back by beacon. */
export interface HeldLease {
  readonly resultId: string;
  readonly leaseToken: string;
  /** kept: a checkpoint or a report is stored here. begun: nothing of it is. returned: it is being handed back. */
  readonly is: "kept" | "begun" | "returned";
}

export type LeaseProof = Pick<HeldLease, "resultId" | "leaseToken">;

/**
 * What the server may still believe to be computed here: also what was reported, handed back or parked by a call that it
 * has not answered. A page that closes ends such a call, and nobody knows whether it was heard. Whatever of it was heard,
 * saying it again by beacon changes nothing.
 */
export function heldLeases(
  { tasks, reports }: Pick<State, "tasks" | "reports">,
  parking: readonly LeaseProof[],
): HeldLease[] {
  const held = new Map<string, HeldLease>();
  for (const { resultId, leaseToken } of parking) held.set(resultId, { resultId, leaseToken, is: "kept" });
  for (const [id, { lease, checkpoint }] of tasks) {
    held.set(id, { resultId: id, leaseToken: lease.leaseToken, is: checkpoint === null ? "begun" : "kept" });
  }
  for (const [id, { report }] of reports) {
    held.set(id, { resultId: id, leaseToken: report.leaseToken, is: report.kind === "returned" ? "returned" : "kept" });
  }
  return [...held.values()];
}
