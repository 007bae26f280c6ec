import type { Policy } from "../../wire/app-settings.ts";
import type { Workunit } from "../types.ts";
import { consensusStrategy } from "./consensus.ts";
import { quorumStrategy } from "./quorum.ts";
import type { Strategy } from "./strategy.ts";

/** How agreeing outputs are accepted under each policy; what precedes it (who is replicated, who is verified) is elsewhere. */
export function strategyOf(policy: Policy): Strategy {
  switch (policy.type) {
    case "full":
    case "partial":
    case "adaptive":
    case "verified":
    case "hybrid":
      return quorumStrategy;
    case "consensus":
      return consensusStrategy(policy.rule);
  }
}

/** The replication level n of policies that raise a workunit to it, null where there is none. */
export function replicationLevel(policy: Policy): number | null {
  switch (policy.type) {
    case "partial":
    case "adaptive":
    case "hybrid":
      return policy.level;
    case "full":
    case "consensus":
    case "verified":
      return null;
  }
}

/** Whether every output is put to the app's verifier. */
export function usesVerifier(policy: Policy): boolean {
  return policy.type === "verified" || policy.type === "hybrid";
}

/** A workunit raised to n replicas: max(q, n) and max(target, n); null when that changes nothing. */
export function raisedTo(
  workunit: Pick<Workunit, "minQuorum" | "targetNResults">,
  level: number,
): { minQuorum: number; targetNResults: number } | null {
  const minQuorum = Math.max(workunit.minQuorum, level);
  const targetNResults = Math.max(workunit.targetNResults, level);
  if (minQuorum === workunit.minQuorum && targetNResults === workunit.targetNResults) return null;
  return { minQuorum, targetNResults };
}
