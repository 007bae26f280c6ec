/**
 * How late this page's own timers come: what a person feels as a sticky page. Measured only while it is seen, because
 * browsers delay the timers of hidden pages on purpose.
 */

const EVERY_MS = 200;
const REPORT_EVERY_MS = 2_000;
const WEIGHT = 0.2;

/** Reports the smoothed lag in milliseconds every two seconds, null while hidden. Returns the function that ends it. */
export function watchPageLag(report: (lagMs: number | null) => void): () => void {
  let smoothed: number | null = null;
  let expectedAt = performance.now() + EVERY_MS;
  let reportedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const lag = Math.max(0, now - expectedAt);
    expectedAt = now + EVERY_MS;
    if (document.visibilityState !== "visible") smoothed = null;
    // A gap of seconds is a sleeping computer or a debugger, not lag.
    else if (lag < 5_000) smoothed = smoothed === null ? lag : smoothed + WEIGHT * (lag - smoothed);
    if (now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    report(smoothed === null ? null : Math.round(smoothed));
  }, EVERY_MS);
  return () => clearInterval(timer);
}
