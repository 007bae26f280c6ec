import { createRandom } from "./random.ts";

/** The ways of scoring that the example project compares, and how a kernel's input writes them down. Pure. */

/** A gap of length k costs gapOpen + k * gapExtend; match and mismatch are added. */
export interface Scoring {
  readonly match: number;
  readonly mismatch: number;
  readonly gapOpen: number;
  readonly gapExtend: number;
}

/** As bwa and its kin score, but with a longer memory for gaps. */
export const DEFAULT_SCORING: Scoring = { match: 2, mismatch: -3, gapOpen: 5, gapExtend: 2 };

/** The first line of align's input. */
export function scoringLine({ match, mismatch, gapOpen, gapExtend }: Scoring): string {
  return `match=${match} mismatch=${mismatch} gap_open=${gapOpen} gap_extend=${gapExtend}\n`;
}

const MOST_MATCH = 4;
/** In matches. Milder ones let random letters align from end to end instead of in short stretches (M. S. Waterman, 1994). */
const MISMATCH = { least: 2, most: 4 };
const GAP_OPEN = { least: 1, most: 6 };
const GAP_EXTEND = { least: 1, most: 3 };
const SEED = 0x5c0e5;

/**
 * The project's ways of scoring: a grid of four whole numbers, without those that are a multiple of another, since these give
 * the same alignments. In mixed order, so that the first answers are a sample of the whole grid.
 */
export function alignScorings(): Scoring[] {
  const scorings: Scoring[] = [];
  for (let match = 1; match <= MOST_MATCH; match++) {
    for (const mismatch of multiples(match, MISMATCH)) {
      for (const gapOpen of multiples(match, GAP_OPEN)) {
        for (const gapExtend of multiples(match, GAP_EXTEND)) {
          if ([match, mismatch, gapOpen, gapExtend].reduce(commonDivisor) > 1) continue;
          scorings.push({ match, mismatch: -mismatch, gapOpen, gapExtend });
        }
      }
    }
  }
  return shuffled(scorings);
}

function multiples(match: number, { least, most }: { least: number; most: number }): number[] {
  return Array.from({ length: (most - least) * match + 1 }, (_, index) => least * match + index);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Fisher and Yates, always the same. */
function shuffled<T>(values: readonly T[]): T[] {
  const random = createRandom(SEED);
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
