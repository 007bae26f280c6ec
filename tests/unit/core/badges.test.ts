import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BADGE_STEPS, type BadgeFamily, badgesOf, earnedBadges } from "../../../server/core/credit/badges.ts";

const NOTHING = { credit: 0, days: 0, projects: 0 };
const FAMILIES = Object.keys(BADGE_STEPS) as BadgeFamily[];
const of = (family: BadgeFamily, value: number) =>
  badgesOf({ ...NOTHING, [family]: value }).find((badge) => badge.family === family);

describe("badges", () => {
  it("nobody has one for nothing, and everybody sees the first of each kind", () => {
    expect(earnedBadges(NOTHING)).toEqual([]);
    expect(badgesOf(NOTHING).map(({ family, level, next, progress }) => [family, level, next, progress])).toEqual([
      ["credit", 0, 1, 0],
      ["days", 0, 1, 0],
      ["projects", 0, 1, 0],
    ]);
  });

  it.each(FAMILIES.flatMap((family) => BADGE_STEPS[family].map((step, index) => [family, step, index + 1] as const)))(
    "%s: %d is step %d, just below is not",
    (family, step, level) => {
      expect(of(family, step)).toMatchObject({ level, reached: step });
      expect(of(family, step - 0.000001)?.level).toBe(level - 1);
    },
  );

  it("the last step has nothing after it", () => {
    for (const family of FAMILIES) {
      expect(of(family, 1e12)).toMatchObject({ level: BADGE_STEPS[family].length, next: null, progress: 1 });
    }
  });

  it("credit that was taken back takes its badge back, and is never shown as less than nothing", () => {
    expect(of("credit", 9.99)?.level).toBe(1);
    expect(of("credit", -5)).toMatchObject({ level: 0, progress: 0 });
  });

  it("more is never worth less, and steps ascend", () => {
    for (const steps of Object.values(BADGE_STEPS)) expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    fc.assert(
      fc.property(
        fc.constantFrom(...FAMILIES),
        fc.double({ min: 0, max: 2e6, noNaN: true }),
        fc.double({ min: 0, max: 2e6, noNaN: true }),
        (family, a, b) => {
          const [low, high] = [of(family, Math.min(a, b)), of(family, Math.max(a, b))];
          expect(high?.level).toBeGreaterThanOrEqual(low?.level ?? 0);
          expect(low?.progress).toBeGreaterThanOrEqual(0);
          expect(low?.progress).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
