/**
 * Badges: what a volunteer has done, by rule. Each family has steps; one holds the highest step reached of each. All of it is
 * derived from the ledger, so a badge can go again when credit is taken back.
 */

/** What badges are given for. */
export type BadgeStats = {
  /** All credit, in cobblestones. */
  credit: number;
  /** Days (UTC) with at least one confirmed result. */
  days: number;
  /** Projects with at least one confirmed result. */
  projects: number;
};

export type BadgeFamily = keyof BadgeStats;

/** What must be reached, ascending. Credit grows by powers of ten: the first after an evening, the last after years. */
export const BADGE_STEPS: Record<BadgeFamily, readonly number[]> = {
  credit: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
  days: [1, 7, 30, 100, 365, 1_000],
  projects: [1, 2, 4, 8, 16],
};

export type Badge = {
  family: BadgeFamily;
  /** 1 is the first step; 0: none is reached yet. */
  level: number;
  /** What the step asks for; 0 at level 0. */
  reached: number;
  /** What the next step asks for; null: there is none. */
  next: number | null;
  /** From the step reached (or nothing) to the next, 0..1; 1 where there is none. */
  progress: number;
  value: number;
};

/** One badge per family, also for those that are still to be earned. */
export function badgesOf(stats: BadgeStats): Badge[] {
  return (Object.keys(BADGE_STEPS) as BadgeFamily[]).map((family) => badgeOf(family, stats[family]));
}

/** Those that were earned. */
export function earnedBadges(stats: BadgeStats): Badge[] {
  return badgesOf(stats).filter((badge) => badge.level > 0);
}

function badgeOf(family: BadgeFamily, value: number): Badge {
  const steps = BADGE_STEPS[family];
  const level = steps.filter((step) => value >= step).length;
  const reached = steps[level - 1] ?? 0;
  const next = steps[level] ?? null;
  const progress = next === null ? 1 : Math.min(1, Math.max(0, (value - reached) / (next - reached)));
  return { family, level, reached, next, progress, value };
}
