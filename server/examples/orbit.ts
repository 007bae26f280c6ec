/**
 * Quick estimates of iteration counts at any depth: one reference orbit in fixed point, everything around it as small
 * differences in floating point (K. I. Martin's perturbation, 2013, with Zhuoran's rebasing, 2021). Only for choosing
 * tiles: the counts that volunteers compute are exact.
 */

/** Q8.120, as atlas has it. */
export const FRACTION_BITS = 120n;
export const ONE = 1n << FRACTION_BITS;

export interface Orbit {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Points before the reference escaped, at least 1: z = 0 is the first. */
  readonly length: number;
}

export function referenceOrbit(cx: bigint, cy: bigint, maxIterations: number): Orbit {
  const x = new Float64Array(maxIterations + 1);
  const y = new Float64Array(maxIterations + 1);
  let [zx, zy] = [0n, 0n];
  let length = 0;
  for (; length <= maxIterations; length++) {
    x[length] = toNumber(zx);
    y[length] = toNumber(zy);
    const a = (zx * zx) >> FRACTION_BITS;
    const b = (zy * zy) >> FRACTION_BITS;
    if (a + b > 4n * ONE) break;
    zy = 2n * ((zx * zy) >> FRACTION_BITS) + cy;
    zx = a - b + cx;
  }
  return { x, y, length: Math.max(1, Math.min(length, maxIterations)) };
}

/** Iterations of the point at this distance from the reference, at most `maxIterations`. */
export function estimateIterations(orbit: Orbit, dcx: number, dcy: number, maxIterations: number): number {
  let [dx, dy] = [0, 0];
  let index = 0;
  for (let n = 0; n < maxIterations; n++) {
    const zx = orbit.x[index] ?? 0;
    const zy = orbit.y[index] ?? 0;
    const fullX = zx + dx;
    const fullY = zy + dy;
    const norm = fullX * fullX + fullY * fullY;
    if (norm > 4) return n;
    // Where the point is nearer to 0 than to the reference, or the reference has ended: go on from the orbit's beginning.
    if (norm < dx * dx + dy * dy || index + 1 >= orbit.length) {
      dx = fullX;
      dy = fullY;
      index = 0;
    }
    const rx = 2 * (orbit.x[index] ?? 0) + dx;
    const ry = 2 * (orbit.y[index] ?? 0) + dy;
    const nextX = rx * dx - ry * dy + dcx;
    dy = rx * dy + ry * dx + dcy;
    dx = nextX;
    index++;
  }
  return maxIterations;
}

/** A Q8.120 number as the nearest double or a neighbour of it; small ones keep their relative precision. */
export function toNumber(value: bigint): number {
  return Number(value) / 2 ** 120;
}
