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

/**
 * S42: the first second at which a result in progress is under deadline pressure: less than the stated share of its delay bound is
 * left. Null: the policy knows none.
 */
export function pressureStartSeconds(workunit: Workunit, result: InProgressResult): number | null {
  if (workunit.policy.type !== "adaptive" || workunit.policy.deadlinePressureBelow === undefined) return null;
  const left = workunit.policy.deadlinePressureBelow * workunit.delayBoundSeconds;
  return Math.floor(result.holder.deadlineSeconds - left) + 1;
}

/** S42 */
export function isUnderPressure(workunit: Workunit, result: InProgressResult, nowSeconds: number): boolean {
  const start = pressureStartSeconds(workunit, result);
  return start !== null && nowSeconds >= start;
}
