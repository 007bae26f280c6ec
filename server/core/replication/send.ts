import { isTrusted } from "../trust/standing.ts";
import { deadline, leaseEnd } from "./leases.ts";
import { type PlacedHost, type PlacementReason, placementReasons } from "./placement.ts";
import { CALM, conditionsAskForReplicas, type SystemConditions } from "./policies/adaptive.ts";
import { raisedTo } from "./policies/policy.ts";
import { resultById } from "./results.ts";
import type { Action, Result, ResultId, Workunit } from "./types.ts";

/** Who asks, and what the chance says. */
export type SendRequest = {
  resultId: ResultId;
  host: PlacedHost & {
    backend: string;
    /** c for the workunit's app version, decayed to now (`decayed` in trust/standing.ts). */
    consecutiveValid: number;
  };
  /** Uniform in [0, 1): DRAW_TRUST and DRAW_AUDIT in trust/draw.ts are its ends. */
  draw: number;
  conditions?: SystemConditions;
};

export type SendAnswer =
  | { status: "send"; actions: Action[] }
  | { status: "refused"; reasons: readonly (PlacementReason | "ended" | "not_unsent")[] };

/**
 * Lends an unsent result to a host. Apply the actions, then `decide`: raising the quorum makes it create results. Whether the
 * host may have work at all (memory, quota...) was asked before, of `eligibility`.
 */
export function onSend(
  workunit: Workunit,
  results: readonly Result[],
  request: SendRequest,
  nowSeconds: number,
): SendAnswer {
  const { resultId, host } = request;
  const now = Math.floor(nowSeconds);
  if (workunit.state !== "open") return { status: "refused", reasons: ["ended"] };
  if (resultById(results, resultId).state !== "unsent") return { status: "refused", reasons: ["not_unsent"] };
  const reasons = placementReasons(workunit, results, host);
  if (reasons.length > 0) return { status: "refused", reasons };

  const { hostId, userId, deviceClass, backend, network } = host;
  const holder = {
    hostId,
    userId,
    deviceClass,
    backend,
    network,
    sentSeconds: now,
    deadlineSeconds: deadline(workunit, now),
  };
  const actions: Action[] = [...raising(workunit, request)];
  // S53: the first host fixes the class.
  if (workunit.homogeneity === "same" && workunit.homogeneityClass === null) {
    actions.push({ type: "set_class", homogeneityClass: deviceClass });
  }
  actions.push({ type: "send", resultId, holder, leaseEndSeconds: leaseEnd(workunit, now) });
  return { status: "send", actions };
}

/** S38: decided and stored at the moment of sending, before any output of this workunit can be compared. */
function raising(workunit: Workunit, { host, draw, conditions }: SendRequest): Action[] {
  const { policy } = workunit;
  if (policy.type !== "adaptive") return [];
  const trusted = isTrusted(host.consecutiveValid, draw);
  if (trusted && !conditionsAskForReplicas(policy, conditions ?? CALM)) return [];
  const raised = raisedTo(workunit, policy.level);
  return raised ? [{ type: "set_quorum", ...raised }] : [];
}
