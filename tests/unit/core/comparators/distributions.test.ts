import { describe, expect, it } from "vitest";
import {
  erfc,
  kolmogorovSmirnovTail,
  kolmogorovTail,
  normalTwoSidedTail,
} from "../../../../server/core/replication/comparators/distributions.ts";
import { kolmogorovSmirnovDistance } from "../../../../server/core/replication/comparators/statistical.ts";

describe("erfc and the normal tail", () => {
  // Abramowitz and Stegun, tables 7.1 and 7.3, and quantiles of the normal distribution.
  it.each([
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [5, 1.5374597944280349e-12],
    [-1, 1.8427007929497148],
  ])("erfc(%d) = %d", (x, expected) => {
    expect(Math.abs(erfc(x) / expected - 1)).toBeLessThan(1e-12);
  });

  it.each([
    [1.959963984540054, 0.05],
    [2.5758293035489004, 0.01],
    [3.290526731491926, 0.001],
  ])("two-sided tail of %d standard errors is %d", (z, expected) => {
    expect(normalTwoSidedTail(z)).toBeCloseTo(expected, 12);
    expect(normalTwoSidedTail(-z)).toBeCloseTo(expected, 12);
  });

  it("reaches 0 and is continuous where the method changes", () => {
    expect(erfc(100)).toBe(0);
    expect(erfc(2 - 1e-12) / erfc(2)).toBeCloseTo(1, 10);
    expect(Number.isNaN(erfc(Number.NaN))).toBe(true);
  });
});

describe("Kolmogorov's limit distribution", () => {
  // Smirnov, "Table for estimating the goodness of fit of empirical distributions", Ann. Math. Stat. 19, 279 (1948).
  it.each([
    [0.5, 0.9639452436648751],
    [1, 0.26999967167735456],
    [1.3580986, 0.05],
    [1.6276236, 0.01],
    [1.9494746, 0.001],
  ])("Q(%d) = %d", (lambda, expected) => {
    expect(Math.abs(kolmogorovTail(lambda) / expected - 1)).toBeLessThan(2e-5);
  });

  it("starts at 1 and falls", () => {
    expect(kolmogorovTail(0)).toBe(1);
    expect(kolmogorovTail(0.2)).toBeCloseTo(1, 10);
    expect(kolmogorovTail(1 - 1e-9)).toBeCloseTo(kolmogorovTail(1 + 1e-9), 7);
  });
});

describe("exact two-sample Kolmogorov-Smirnov tail", () => {
  // Massey, Ann. Math. Stat. 22, 125 (1951): critical distances for two samples of ten are 7/10 (5 %) and 8/10 (1 %).
  it.each([
    [10, 10, 0.6, 0.0524475],
    [10, 10, 0.7, 0.0123406],
    [10, 10, 0.8, 0.0020567],
    [5, 5, 1, 2 / 252],
    [3, 4, 1, 2 / 35],
    [4, 4, 0, 1],
  ])("n=%d m=%d D=%d: %d", (n, m, distance, expected) => {
    expect(kolmogorovSmirnovTail(distance, n, m)).toBeCloseTo(expected, 6);
  });

  it.each([
    [5, 5],
    [4, 7],
    [3, 6],
  ])("equals the share of all orders of %d and %d values that are at least as far apart", (n, m) => {
    const distances = allOrders(n, m).map(([a, b]) => kolmogorovSmirnovDistance(a, b));
    for (const distance of new Set(distances)) {
      const share = distances.filter((other) => other >= distance - 1e-12).length / distances.length;
      expect(kolmogorovSmirnovTail(distance, n, m)).toBeCloseTo(share, 12);
    }
  });

  it("does not depend on the order of the samples and joins the limit distribution", () => {
    expect(kolmogorovSmirnovTail(0.3, 20, 40)).toBeCloseTo(kolmogorovSmirnovTail(0.3, 40, 20), 12);
    const exact = kolmogorovSmirnovTail(0.07, 2000, 2000);
    const limit = kolmogorovSmirnovTail(0.07, 2001, 2001);
    expect(Math.abs(exact / limit - 1)).toBeLessThan(0.05);
  });
});

/** Every way to share the ranks 0..n+m-1 between two samples. */
function allOrders(n: number, m: number): [number[], number[]][] {
  const ranks = Array.from({ length: n + m }, (_, index) => index);
  return Array.from({ length: 2 ** (n + m) }, (_, mask): [number[], number[]] => [
    ranks.filter((rank) => (mask >> rank) & 1),
    ranks.filter((rank) => !((mask >> rank) & 1)),
  ]).filter(([a]) => a.length === n);
}
