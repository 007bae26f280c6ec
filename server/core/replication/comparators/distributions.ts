/** Tail probabilities of the statistical comparators. */

/**
 * Complementary error function, relative error below 1e-13 for 0 <= x <= 26 (then 0). Series of positive terms below 2,
 * continued fraction by Lentz's method above (Abramowitz and Stegun 7.1.6 and 7.1.14).
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 100 && term > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  if (x > 26) return 0;
  let f = x;
  let c = x;
  let d = 0;
  for (let n = 1; n < 500; n++) {
    d = 1 / (x + (n / 2) * d);
    c = x + n / 2 / c;
    const factor = c * d;
    f *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / f;
}

/** Probability that a standard normal variable is further from 0 than z. */
export function normalTwoSidedTail(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/**
 * Kolmogorov's limit distribution: Q(lambda) = 2 sum (-1)^(k-1) exp(-2 k^2 lambda^2), the probability of a larger value.
 * Below 1 the equivalent theta series converges faster (Marsaglia, Tsang and Wang, J. Stat. Soft. 8(18), 2003).
 */
export function kolmogorovTail(lambda: number): number {
  if (!(lambda > 0)) return 1;
  if (lambda < 1) {
    const base = (Math.PI * Math.PI) / (8 * lambda * lambda);
    let sum = 0;
    for (let k = 1; k <= 9; k += 2) sum += Math.exp(-k * k * base);
    return 1 - (Math.sqrt(2 * Math.PI) / lambda) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 10; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda);
  return 2 * sum;
}

/** Above this many lattice points the limit distribution is used; at 1000 x 1000 they differ by less than 3 %. */
const EXACT_MAX_POINTS = 4_000_000;

/**
 * Probability that two samples of n and m values of one continuous distribution have a Kolmogorov-Smirnov distance of at
 * least `distance`; with ties it is an upper bound. Exact by counting lattice paths (Hodges, Ark. Mat. 3, 469 (1958)).
 */
export function kolmogorovSmirnovTail(distance: number, n: number, m: number): number {
  if (n * m > EXACT_MAX_POINTS) return kolmogorovTail(distance * Math.sqrt((n * m) / (n + m)));
  // Distances are multiples of 1/(n m): half a multiple less separates "at least" from rounding.
  const limit = Math.round(distance * n * m) - 0.5;
  const outside = (i: number, j: number) => Math.abs(i * m - j * n) > limit;
  const row = new Float64Array(m + 1);
  for (let j = 0; j <= m; j++) row[j] = outside(0, j) || (j > 0 && row[j - 1] === 0) ? 0 : 1;
  for (let i = 1; i <= n; i++) {
    const weight = i / (i + m);
    let left = 0;
    for (let j = 0; j <= m; j++) {
      left = outside(i, j) ? 0 : weight * (row[j] ?? 0) + left;
      row[j] = left;
    }
  }
  return Math.min(1, Math.max(0, 1 - (row[m] ?? 0)));
}
