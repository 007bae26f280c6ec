import type { Policy } from "../../wire/app-settings.ts";
import type { InProgressResult, Workunit } from "../types.ts";

type Adaptive = Extract<Policy, { type: "adaptive" }>;

/** What the pool looks like when a result is sent; measured by the shell. */
export type SystemConditions = {
  /** Share of the results decided in the last hour that were invalid or inconclusive, 0..1. */
  disagreementRate: number;
  /** Unsent results of the app. */
  waitingResults: number;
};
export const CALM: SystemConditions = { disagreementRate: 0, waitingResults: 0 };

/** S41: replicate for everybody while the pool disagrees, unless so much waits that it would not help anybody. */
export function conditionsAskForReplicas(policy: Adaptive, conditions: SystemConditions): boolean {
  if (policy.disagreementAbove === undefined || conditions.disagreementRate <= policy.disagreementAbove) return false;
  return policy.backlogAbove === undefined || conditions.waitingResults <= policy.backlogAbove;
}

/** S40 */
export function isImportant(policy: Adaptive, tags: Readonly<Record<string, unknown>>): boolean {
  const importance = Number(tags["importance"] ?? Number.NaN);
  return policy.importanceAtLeast !== undefined && importance >= policy.importanceAtLeast;
}

/** The last second at which a result in progress is not yet under deadline pressure; null: the policy has none. */
function calmUntilSeconds(workunit: Workunit, result: InProgressResult): number | null {
  if (workunit.policy.type !== "adaptive" || workunit.policy.deadlinePressureBelow === undefined) return null;
  return Math.floor(result.holder.deadlineSeconds - workunit.policy.deadlinePressureBelow * workunit.delayBoundSeconds);
}

/**
 * S42: the target under deadline pressure. Every result in progress that is left with less than the stated share of its delay
 * bound is replicated ahead, so that min_quorum others exist; a target that is already higher stays.
 */
export function pressureTarget(
  workunit: Workunit,
  inProgress: readonly InProgressResult[],
  nowSeconds: number,
): number {
  const pressed = inProgress.filter((result) => {
    const calmUntil = calmUntilSeconds(workunit, result);
    return calmUntil !== null && nowSeconds > calmUntil;
  });
  return pressed.length === 0
    ? workunit.targetNResults
    : Math.max(workunit.targetNResults, workunit.minQuorum + pressed.length);
}

/** The first second at which `pressureTarget` rises by itself, null when it will not. */
export function pressureDueSeconds(workunit: Workunit, inProgress: readonly InProgressResult[]): number | null {
  const spare = workunit.targetNResults - workunit.minQuorum;
  const calmUntil = inProgress.flatMap((result) => calmUntilSeconds(workunit, result) ?? []).sort((a, b) => a - b);
  const next = calmUntil[spare];
  return next === undefined ? null : next + 1;
}
