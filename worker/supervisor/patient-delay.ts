import type { Host } from "./host.ts";

/** A slice longer than this was no slice: the computer slept, or the tab was frozen. */
const SLICE_MS = 1_000;

/**
 * Resolves after `milliseconds` in which this computer was awake, or at once when the signal aborts; never rejects. For
 * watching others: a clock that went on during sleep must not make a compute worker, which slept too, look hung.
 */
export function patientDelay(host: Pick<Host, "timer">, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    let left = milliseconds;
    let cancel = (): void => undefined;
    const end = (): void => {
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    // Counted in timers that fired, not in time that passed: timers do not fire while a computer sleeps.
    const wait = (): void => {
      const slice = Math.min(SLICE_MS, left);
      left -= slice;
      cancel = host.timer(slice, left > 0 ? wait : end);
    };
    signal?.addEventListener("abort", end, { once: true });
    wait();
  });
}
