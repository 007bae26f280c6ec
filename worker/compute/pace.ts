import type { Pace } from "../protocol.ts";

/**
 * Finds, by measuring, how many units one step should do so that it lasts about the target. Pure: the caller measures.
 * Steps of 50-200 ms keep a page responsive, a GPU below its watchdog, and Stop and checkpoints prompt.
 */
export interface Budget {
  /** Units for the next step, a whole number >= 1. */
  readonly units: number;
  /** Smoothed milliseconds per unit; null before the first measurement. */
  readonly msPerUnit: number | null;
}

/** A step may be at most this many times as large as the last: early measurements are short and thus coarse. */
const MAX_GROWTH = 8;
/** Weight of the newest measurement. Slower is believed at once (1), faster with half weight: overshooting hurts more. */
const FASTER_WEIGHT = 0.5;
/** Clocks in browsers tick in 0.1 ms or, at worst, 1 ms; shorter steps say only "grow". */
const MEASURABLE_MS = 2;
/** A budget crosses to WASM as u32 and to WGSL as u32. */
const MAX_UNITS = 0x7fff_ffff;

export const DEFAULT_PACE: Pace = { targetStepMs: 100, dutyCycle: 1 };
const TARGET_RANGE_MS = { min: 10, max: 1000 };

export function startBudget(units = 1): Budget {
  return { units: clampUnits(units, MAX_UNITS), msPerUnit: null };
}

export interface Measured {
  /** Units the step was asked for and its milliseconds. */
  readonly units: number;
  readonly milliseconds: number;
}

/** The budget after a step. `maxUnits`: the runtime's own limit (`Runtime.maxUnits`). */
export function nextBudget(budget: Budget, measured: Measured, targetStepMs: number, maxUnits: number): Budget {
  const units = Math.max(1, measured.units);
  const limit = Math.min(maxUnits, units * MAX_GROWTH);
  if (measured.milliseconds < MEASURABLE_MS) return { units: clampUnits(limit, maxUnits), msPerUnit: budget.msPerUnit };
  const fresh = measured.milliseconds / units;
  const before = budget.msPerUnit;
  const msPerUnit = before === null || fresh >= before ? fresh : before + (fresh - before) * FASTER_WEIGHT;
  return { units: clampUnits(Math.min(limit, targetStepMs / msPerUnit), maxUnits), msPerUnit };
}

/** Milliseconds to sleep after a step so that computing takes `dutyCycle` of the time; Infinity when it is 0. */
export function pauseAfter(stepMs: number, dutyCycle: number): number {
  if (dutyCycle <= 0) return Number.POSITIVE_INFINITY;
  return stepMs * (1 / Math.min(dutyCycle, 1) - 1);
}

/** A pace with nonsense brought back into range; the governor's numbers come from sliders and storage. */
export function sanePace(pace: Pace): Pace {
  const target = Number.isFinite(pace.targetStepMs) ? pace.targetStepMs : DEFAULT_PACE.targetStepMs;
  const duty = Number.isFinite(pace.dutyCycle) ? pace.dutyCycle : DEFAULT_PACE.dutyCycle;
  return {
    targetStepMs: Math.min(TARGET_RANGE_MS.max, Math.max(TARGET_RANGE_MS.min, target)),
    dutyCycle: Math.min(1, Math.max(0, duty)),
  };
}

function clampUnits(units: number, maxUnits: number): number {
  return Math.max(1, Math.floor(Math.min(units, maxUnits, MAX_UNITS)));
}
