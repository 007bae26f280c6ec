import { TRUST_RECHECK_SECONDS } from "../limits.ts";
import type { HostEvent, HostId, ResultId, WorkunitId } from "../replication/types.ts";

/** A result that was accepted without a second one: canonical of a workunit whose min_quorum was 1. */
export type SingleAcceptance = { workunitId: WorkunitId; resultId: ResultId; hostId: HostId; validSeconds: number };

/**
 * A caught lie: an output that its workunit's consensus contradicts, however weak: looking again at what the host did alone
 * takes nothing from the honest. Errors and silence are no lies.
 */
export function isCaughtLie(event: HostEvent): boolean {
  return event === "invalid" || event === "outvoted";
}

/** The first second whose single acceptances are re-checked (S67). */
export function recheckFromSeconds(nowSeconds: number): number {
  return Math.floor(nowSeconds) - TRUST_RECHECK_SECONDS;
}

/** S67: what must be computed again, by others, because this host was caught. Each workunit once. */
export function toRecheck(
  hostId: HostId,
  accepted: readonly SingleAcceptance[],
  alreadyAudited: ReadonlySet<WorkunitId>,
  nowSeconds: number,
): WorkunitId[] {
  const from = recheckFromSeconds(nowSeconds);
  const suspects = accepted.filter(
    (one) => one.hostId === hostId && one.validSeconds >= from && !alreadyAudited.has(one.workunitId),
  );
  return [...new Set(suspects.map((one) => one.workunitId))];
}

/** Quorum and target of an audit workunit: never a single result, whoever computes it. */
export function auditLevel(replicationLevel: number | null): number {
  return Math.max(2, replicationLevel ?? 2);
}

/**
 * S68: what an audit says of the workunit it re-checks. `agrees`: the audit's canonical output against the first one's, null when the
 * audit has none. recalled: the first keeps its end state and gets the permanent mark; its credit is reversed.
 */
export function auditOutcome(audit: { state: "open" | "completed" | "failed"; agrees: boolean | null }) {
  if (audit.state === "open") return "waiting";
  if (audit.state === "failed" || audit.agrees === null) return "undecided";
  return audit.agrees ? "confirmed" : "recalled";
}
