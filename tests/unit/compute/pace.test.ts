import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, nextBudget, pauseAfter, sanePace, startBudget } from "../../../worker/compute/pace.ts";

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** Plays steps of a kernel whose units cost `msPerUnit(step)`; the clock ticks in `tickMs`. */
function play(options: {
  steps: number;
  msPerUnit: (step: number) => number;
  target?: number;
  maxUnits?: number;
  tickMs?: number;
}): { budget: Budget; lengths: number[] } {
  const { steps, msPerUnit, target = 100, maxUnits = NO_LIMIT, tickMs = 0.1 } = options;
  let budget = startBudget();
  const lengths: number[] = [];
  for (let step = 0; step < steps; step++) {
    const exact = budget.units * msPerUnit(step);
    lengths.push(exact);
    const milliseconds = Math.round(exact / tickMs) * tickMs;
    budget = nextBudget(budget, { units: budget.units, milliseconds }, target, maxUnits);
  }
  return { budget, lengths };
}

describe("the budget of a step", () => {
  it.each([
    ["a microsecond a unit", 0.001],
    ["a tenth of a millisecond", 0.1],
    ["7 ms", 7],
    ["49 ms", 49],
  ])("reaches 50-200 ms within ten steps: %s", (_, cost) => {
    const { lengths } = play({ steps: 20, msPerUnit: () => cost });
    expect(lengths.slice(10).every((ms) => ms >= 50 && ms <= 200)).toBe(true);
  });

  it("never leaves 200 ms on the way up, even by a clock that ticks in milliseconds", () => {
    const property = fc.property(fc.double({ min: 0.0001, max: 100, noNaN: true }), (cost) =>
      play({ steps: 30, msPerUnit: () => cost, tickMs: 1 }).lengths.every((ms) => ms <= 200),
    );
    expect(fc.check(property)).toMatchObject({ failed: false });
  });

  it("comes back at once when units become ten times as dear", () => {
    const { lengths } = play({ steps: 20, msPerUnit: (step) => (step < 15 ? 0.01 : 0.1) });
    expect(lengths[15]).toBeGreaterThan(500);
    expect(lengths.slice(16).every((ms) => ms <= 110)).toBe(true);
  });

  it("a unit that is longer than the target is done one by one", () => {
    expect(play({ steps: 5, msPerUnit: () => 400 }).budget.units).toBe(1);
  });

  it("respects the runtime's own limit, from both sides", () => {
    expect(play({ steps: 10, msPerUnit: () => 0.001, maxUnits: 37 }).budget.units).toBe(37);
    expect(play({ steps: 10, msPerUnit: () => 10, maxUnits: 37 }).budget.units).toBe(10);
  });

  it("begins where an earlier run ended, and survives nonsense", () => {
    expect(startBudget(5000).units).toBe(5000);
    expect(startBudget(0).units).toBe(1);
    expect(startBudget(2.9).units).toBe(2);
    expect(startBudget(1e20).units).toBe(0x7fffffff);
  });
});

describe("the pause after a step", () => {
  it.each([
    [100, 1, 0],
    [100, 0.5, 100],
    [100, 0.1, 900],
    [80, 0.8, 20],
    [100, 2, 0],
  ])("%d ms at duty %d: %d ms", (stepMs, duty, pause) => {
    expect(pauseAfter(stepMs, duty)).toBeCloseTo(pause, 6);
  });

  it("duty 0 never ends", () => {
    expect(pauseAfter(100, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("a pace out of range is brought back", () => {
    expect(sanePace({ targetStepMs: 1, dutyCycle: 7 })).toEqual({ targetStepMs: 10, dutyCycle: 1 });
    expect(sanePace({ targetStepMs: 1e9, dutyCycle: -1 })).toEqual({ targetStepMs: 1000, dutyCycle: 0 });
    expect(sanePace({ targetStepMs: Number.NaN, dutyCycle: Number.NaN })).toEqual({ targetStepMs: 100, dutyCycle: 1 });
  });
});
