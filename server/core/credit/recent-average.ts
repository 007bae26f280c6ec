import { DAY_SECONDS, RECENT_AVERAGE_HALF_LIFE_SECONDS } from "../limits.ts";

/** Recent average credit: cobblestones per day, as it was at `seconds`. Starts as (0, creation of the account). */
export type RecentAverage = { perDay: number; seconds: number };

function weight(elapsedSeconds: number): number {
  return Math.exp((-Math.LN2 * elapsedSeconds) / RECENT_AVERAGE_HALF_LIFE_SECONDS);
}

/**
 * S71: after `work` cobblestones at `nowSeconds`. BOINC's update_average (lib/util.cpp): an exponentially weighted mean with a
 * half-life of a week; for short times the limit of the same expression. Time that runs back counts as none.
 */
export function updatedAverage(average: RecentAverage, work: number, nowSeconds: number): RecentAverage {
  const elapsed = Math.max(0, nowSeconds - average.seconds);
  const w = weight(elapsed);
  const seconds = Math.max(average.seconds, nowSeconds);
  if (1 - w > 1e-6) {
    return { perDay: average.perDay * w + ((1 - w) * work) / (elapsed / DAY_SECONDS), seconds };
  }
  return { perDay: average.perDay + (Math.LN2 * work * DAY_SECONDS) / RECENT_AVERAGE_HALF_LIFE_SECONDS, seconds };
}

/** The average as it reads now, when nothing came since. */
export function averageNow(average: RecentAverage, nowSeconds: number): number {
  return average.perDay * weight(Math.max(0, nowSeconds - average.seconds));
}
