/**
 * Random decisions take a number in [0, 1) from the caller. The two ends are the two branches of every decision: 0 trusts,
 * selects nothing and draws the smallest count; the other end audits, selects and draws the largest.
 */
export const DRAW_TRUST = 0;
export const DRAW_AUDIT = 1 - 2 ** -53;

/** True with probability `rate`, for the draws nearest to the audit end. */
export function isSelected(rate: number, draw: number): boolean {
  return draw >= 1 - rate;
}

/** A whole number 0..most, all equally likely. */
export function drawnCount(most: number, draw: number): number {
  return Math.floor(draw * (most + 1));
}
