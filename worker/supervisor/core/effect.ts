import type { Preset } from "../view.ts";
import type { Conditions } from "./types.ts";

/**
 * Backs off from the client's own measured effect. No browser but Chromium tells anything about load, and Chromium not
 * in the background; so the client looks at what everybody can measure: how late the page's own timers come, and how
 * long a small known computation takes against its baseline from before anything computed.
 */

/** Multiplicative decrease, additive increase: quick to yield, slower to return, and it settles. */
const DECREASE = 0.75;
const INCREASE = 0.1;
/** One change per this long: the measurement has to see the effect of the last one first. */
const CHANGE_EVERY_MS = 2_000;

/**
 * Above `lagMs` and `ratio` the client yields, down to `least` of its share: other programs may be what makes the device
 * slow, and then yielding everything would help nobody. `all` is for those who want that, but never a sticky page.
 */
const TOLERANCE: Record<Preset, { lagMs: number; ratio: number; least: number }> = {
  gentle: { lagMs: 50, ratio: 1.5, least: 0.3 },
  balanced: { lagMs: 80, ratio: 2.5, least: 0.5 },
  all: { lagMs: 250, ratio: Number.POSITIVE_INFINITY, least: 0.5 },
  custom: { lagMs: 150, ratio: 4, least: 0.5 },
};

export interface Brake {
  /** What is left of the share: 1 is free. */
  readonly brake: number;
  readonly changedAtMs: number;
  /** What was measured when it was last pulled. */
  readonly cause: BrakeCause | null;
}

export type BrakeCause =
  | { readonly kind: "page_lag"; readonly milliseconds: number }
  | { readonly kind: "busy_device"; readonly ratio: number };

/** The brake after a look at the conditions. */
export function nextBrake(current: Brake, conditions: Conditions, preset: Preset, nowMs: number): Brake {
  if (nowMs - current.changedAtMs < CHANGE_EVERY_MS) return current;
  const { lagMs, ratio, least } = TOLERANCE[preset];
  const lag = conditions.pageLagMs ?? 0;
  const slowdown = conditions.effectRatio ?? 1;
  if (lag > lagMs || slowdown > ratio) {
    const cause: BrakeCause =
      lag > lagMs ? { kind: "page_lag", milliseconds: Math.round(lag) } : { kind: "busy_device", ratio: slowdown };
    return { brake: Math.max(least, current.brake * DECREASE), changedAtMs: nowMs, cause };
  }
  // Between half of the tolerance and the tolerance nothing changes: no hunting around the limit.
  if (current.brake < 1 && lag < lagMs / 2 && slowdown < 1 + (ratio - 1) / 2) {
    const brake = Math.min(1, current.brake + INCREASE);
    return { brake, changedAtMs: nowMs, cause: brake === 1 ? null : current.cause };
  }
  return current;
}
