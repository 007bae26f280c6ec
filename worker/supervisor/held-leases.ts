import { type LeaseProof, proofOf } from "./core/lease-proof.ts";
import type { State } from "./core/types.ts";

/** A lease as a page needs it to park or hand back by beacon. */
export interface HeldLease extends LeaseProof {
  /** kept: a checkpoint or a report is stored here. begun: nothing of it is. returned: it is being handed back. */
  readonly is: "kept" | "begun" | "returned";
}

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
  for (const lease of parking) held.set(lease.resultId, { ...proofOf(lease), is: "kept" });
  for (const [id, { lease, checkpoint }] of tasks) {
    held.set(id, { ...proofOf(lease), is: checkpoint === null ? "begun" : "kept" });
  }
  for (const [id, { report }] of reports) {
    held.set(id, { ...proofOf(report), is: report.kind === "returned" ? "returned" : "kept" });
  }
  return [...held.values()];
}
