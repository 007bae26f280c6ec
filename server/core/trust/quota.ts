import {
  HOST_IN_PROGRESS_MIN_CAP,
  HOST_IN_PROGRESS_PER_CORE,
  QUOTA_INCREASE_PER_VALID,
  QUOTA_KEPT_AFTER_FAILURE,
  QUOTA_KEPT_WHEN_OUTVOTED,
  QUOTA_MAX_PER_DAY,
  QUOTA_MIN_PER_DAY,
} from "../limits.ts";
import type { HostEvent } from "../replication/types.ts";

/**
 * The daily quota of a host: results it may get per day (UTC). One rule (S69): each valid result adds QUOTA_INCREASE_PER_VALID, each
 * invalid one, error or missing reply halves it, and one that lost by a weak decision takes a quarter (S80). A host that only fails is down to one a day after about 14 failures; one
 * that works again doubles its quota with every result at first.
 */
export function quotaAfter(quotaPerDay: number, event: HostEvent): number {
  switch (event) {
    case "valid_replicated":
    case "valid_single":
      return Math.min(QUOTA_MAX_PER_DAY, quotaPerDay + QUOTA_INCREASE_PER_VALID);
    case "invalid":
    case "error":
    case "noreply":
      return Math.max(QUOTA_MIN_PER_DAY, Math.floor(quotaPerDay * QUOTA_KEPT_AFTER_FAILURE));
    case "outvoted":
      return Math.max(QUOTA_MIN_PER_DAY, Math.floor(quotaPerDay * QUOTA_KEPT_WHEN_OUTVOTED));
  }
}

/** What a host has used of its quota, on which day (whole days since 1970). */
export type QuotaUse = { quotaPerDay: number; quotaDay: number; quotaUsed: number };

export function dayOf(nowSeconds: number): number {
  return Math.floor(nowSeconds / 86_400);
}

/** Results the host may still get today. A quota of 0 is none at all: unlimited. */
export function quotaLeft(use: QuotaUse, nowSeconds: number): number {
  if (use.quotaPerDay === 0) return Number.POSITIVE_INFINITY;
  const used = use.quotaDay === dayOf(nowSeconds) ? use.quotaUsed : 0;
  return Math.max(0, use.quotaPerDay - used);
}

export function quotaTaken(use: QuotaUse, count: number, nowSeconds: number): QuotaUse {
  const day = dayOf(nowSeconds);
  return { ...use, quotaDay: day, quotaUsed: (use.quotaDay === day ? use.quotaUsed : 0) + count };
}

/** S70: results in progress of one host at most. */
export function inProgressCap(cores: number): number {
  return Math.max(HOST_IN_PROGRESS_PER_CORE * cores, HOST_IN_PROGRESS_MIN_CAP);
}
