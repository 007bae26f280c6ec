import { describe, expect, it } from "vitest";
import { alignScorings, DEFAULT_SCORING, scoringLine } from "../../../server/examples/align-scorings.ts";

describe("the ways of scoring of the example project", () => {
  const scorings = alignScorings();

  it("are about two thousand, always the same, no two alike", () => {
    expect(scorings).toHaveLength(2431);
    expect(new Set(scorings.map(scoringLine)).size).toBe(scorings.length);
    expect(alignScorings()).toEqual(scorings);
  });

  it("are no multiples of one another, which would give the same alignments", () => {
    const ratios = scorings.map(({ match, mismatch, gapOpen, gapExtend }) =>
      [mismatch, gapOpen, gapExtend].map((value) => value / match).join(),
    );
    expect(new Set(ratios).size).toBe(scorings.length);
  });

  it("cost so much for what does not fit that random letters align only in short stretches", () => {
    for (const { match, mismatch, gapOpen, gapExtend } of scorings) {
      expect(match).toBeGreaterThanOrEqual(1);
      expect(match).toBeLessThanOrEqual(4);
      expect(-mismatch).toBeGreaterThanOrEqual(2 * match);
      expect(-mismatch).toBeLessThanOrEqual(4 * match);
      expect(gapOpen).toBeGreaterThanOrEqual(match);
      expect(gapOpen).toBeLessThanOrEqual(6 * match);
      expect(gapExtend).toBeGreaterThanOrEqual(match);
      expect(gapExtend).toBeLessThanOrEqual(3 * match);
    }
  });

  it("are mixed: the first hundred have every match", () => {
    expect(new Set(scorings.slice(0, 100).map(({ match }) => match))).toEqual(new Set([1, 2, 3, 4]));
  });

  it("are written as align reads them", () => {
    expect(scoringLine(DEFAULT_SCORING)).toBe("match=2 mismatch=-3 gap_open=5 gap_extend=2\n");
  });
});
