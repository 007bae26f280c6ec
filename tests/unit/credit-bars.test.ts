import { describe, expect, it } from "vitest";
import { fitsTheFont } from "../../app/card/[id]/font-letters.ts";
import { barStarts } from "../../server/credit/credit-over-time.ts";

const seconds = (text: string) => Date.parse(`${text}Z`) / 1000;

describe("bars of a chart", () => {
  it("days of UTC, today's last", () => {
    const days = barStarts("day", seconds("2026-03-01T23:59:59"));
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toBe(seconds("2026-03-01T00:00:00"));
    expect(days.at(-2)).toBe(seconds("2026-02-28T00:00:00"));
  });

  it.each([
    ["a Monday", "2026-03-02T00:00:00", "2026-03-02T00:00:00"],
    ["a Sunday", "2026-03-01T12:00:00", "2026-02-23T00:00:00"],
  ])("weeks begin on Monday: %s", (_day, now, start) => {
    const weeks = barStarts("week", seconds(now));
    expect(weeks.at(-1)).toBe(seconds(start));
    expect(new Set(weeks.map((week, index) => week - (weeks[0] ?? 0) - index * 604_800))).toEqual(new Set([0]));
  });

  it("months over the turn of a year", () => {
    const months = barStarts("month", seconds("2026-01-31T10:00:00"));
    expect(months).toHaveLength(24);
    expect(months.slice(-2)).toEqual([seconds("2025-12-01T00:00:00"), seconds("2026-01-01T00:00:00")]);
  });
});

describe("letters of a card", () => {
  it.each(["Ada Lovelace", "Žluťoučký kůň", "Ольга Ладыженская", "Nguyễn"])("draws %s", (name) => {
    expect(fitsTheFont(name)).toBe(true);
  });
  // Asking a font server on the internet is what must not happen.
  it.each(["研究者", "Ada 🚀", "عمر", "★"])("does not try %s", (name) => {
    expect(fitsTheFont(name)).toBe(false);
  });
});
