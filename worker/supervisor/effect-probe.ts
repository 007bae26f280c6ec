import type { Host } from "./host.ts";

/**
 * Measures what computing does to this device, with nothing but a clock: a small fixed computation, timed against its
 * own best time from before anything computed. It takes a few milliseconds every few seconds.
 */
export interface EffectProbe {
  /** Milliseconds this device needs when idle; call it before anything computes. */
  calibrate(): void;
  /** Duration over the baseline, the middle one of the last three; null before it was calibrated. */
  measure(): number | null;
}

const ROUNDS = 400_000;
const CALIBRATIONS = 5;

export function createEffectProbe(host: Pick<Host, "nowMs">): EffectProbe {
  let baselineMs: number | null = null;
  let latest: number[] = [];

  function time(): number {
    const began = host.nowMs();
    work();
    return host.nowMs() - began;
  }

  return {
    calibrate() {
      work(); // The first call is the compiler's.
      for (let n = 0; n < CALIBRATIONS; n += 1) baselineMs = Math.min(baselineMs ?? Number.POSITIVE_INFINITY, time());
    },
    measure() {
      if (baselineMs === null) return null;
      const taken = time();
      baselineMs = Math.min(baselineMs, taken);
      latest = [...latest.slice(-2), taken / Math.max(0.1, baselineMs)];
      return [...latest].sort((a, b) => a - b)[Math.floor(latest.length / 2)] ?? null;
    },
  };
}

let sink = 0;

/** Integer arithmetic that no engine can leave out. */
function work(): void {
  let x = 0x9e3779b9 ^ sink;
  for (let n = 0; n < ROUNDS; n += 1) x = (Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + n) | 0;
  sink = x;
}
