import type { Preset } from "../view.ts";
import type { Conditions } from "./types.ts";

/**
 * Backs off from the client's own measured effect. No browser but Chromium tells anything about load, and Chromium not
 * in the background; so the client looks at what everybody can measure: how late the page's own timers come, and how
 * long a small known computation takes against its baseline from before anything computed.
 */

const BRAKE_MIN = 0.25;
/** Multiplicative decrease, additive increase: quick to yield, slow to return, and it settles. */
const DECREASE = 0.7;
const INCREASE = 0.05;
/** One change per this long: the measurement has to see the effect of the last one first. */
const CHANGE_EVERY_MS = 2_000;

/** Above these the client yields. `all` promises everything to the volunteers who want it, but never a frozen page. */
const TOLERANCE: Record<Preset, { lagMs: number; ratio: number }> = {
  gentle: { lagMs: 50, ratio: 1.5 },
  balanced: { lagMs: 80, ratio: 2.2 },
  all: { lagMs: 250, ratio: Number.POSITIVE_INFINITY },
  custom: { lagMs: 150, ratio: 3 },
};

export interface Brake {
  readonly brake: number;
  readonly changedAtMs: number;
}

/** The brake after a look at the conditions: 1 is free, 0.25 the most it holds. */
export function nextBrake(current: Brake, conditions: Conditions, preset: Preset, nowMs: number): Brake {
  if (nowMs - current.changedAtMs < CHANGE_EVERY_MS) return current;
  const { lagMs, ratio } = TOLERANCE[preset];
  const lag = conditions.pageLagMs ?? 0;
  const slowdown = conditions.effectRatio ?? 1;
  if (lag > lagMs || slowdown > ratio) {
    return { brake: Math.max(BRAKE_MIN, current.brake * DECREASE), changedAtMs: nowMs };
  }
  // Between half of the tolerance and the tolerance nothing changes: no hunting around the limit.
  if (current.brake < 1 && lag < lagMs / 2 && slowdown < 1 + (ratio - 1) / 2) {
    return { brake: Math.min(1, current.brake + INCREASE), changedAtMs: nowMs };
  }
  return current;
}
