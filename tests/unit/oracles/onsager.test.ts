import { describe, expect, test } from "vitest";
import {
  CRITICAL_TEMPERATURE,
  completeElliptic,
  countStates,
  onsagerEnergy,
  onsagerMagnetisation,
  smallLattice,
} from "../../oracles/onsager.ts";

describe("the infinite lattice against published values", () => {
  test("critical temperature 2.269185..., energy there -sqrt 2, magnetisation 0 from there on", () => {
    expect(CRITICAL_TEMPERATURE).toBeCloseTo(2.269185314213022, 14);
    expect(onsagerEnergy(CRITICAL_TEMPERATURE)).toBeCloseTo(-Math.SQRT2, 12);
    expect(onsagerMagnetisation(CRITICAL_TEMPERATURE)).toBe(0);
    expect(onsagerMagnetisation(CRITICAL_TEMPERATURE + 1)).toBe(0);
    expect(onsagerMagnetisation(CRITICAL_TEMPERATURE - 1e-9)).toBeGreaterThan(0.05);
  });

  test("magnetisation at T = 2 is 0.9113, at T = 1 0.99928", () => {
    expect(onsagerMagnetisation(2)).toBeCloseTo(0.911319, 6);
    expect(onsagerMagnetisation(1)).toBeCloseTo(0.999276, 6);
  });

  test("magnetisation against its low-temperature series (OEIS A002928): 1 - 2u^2 - 8u^3 - 34u^4 - ...", () => {
    const series = [1, 0, -2, -8, -34, -152, -714, -3472, -17318];
    for (const temperature of [0.6, 0.8, 1]) {
      const u = Math.exp(-4 / temperature);
      const sum = series.reduce((total, coefficient, power) => total + coefficient * u ** power, 0);
      expect(Math.abs(onsagerMagnetisation(temperature) - sum)).toBeLessThan(1e5 * u ** 9 + 1e-15);
    }
  });

  test("energy at T = 2 is -1.7456; -2 at rest; -2 tanh(1/T) when it is hot", () => {
    expect(onsagerEnergy(2)).toBeCloseTo(-1.745565, 6);
    expect(onsagerEnergy(0.2)).toBeCloseTo(-2, 8);
    expect(onsagerEnergy(1000)).toBeCloseTo(-0.002, 8);
  });

  test("energy against a numerical integral of Onsager's free energy", () => {
    for (const temperature of [1.2, 1.8, 2.1, 2.5, 3, 5]) {
      expect(onsagerEnergy(temperature)).toBeCloseTo(energyByIntegration(1 / temperature), 9);
    }
  });

  test("K(0) = pi/2 and K(1/sqrt 2) = 1.8540746773 (Abramowitz and Stegun, table 17.1)", () => {
    expect(completeElliptic(1)).toBeCloseTo(Math.PI / 2, 15);
    expect(completeElliptic(Math.SQRT1_2)).toBeCloseTo(1.8540746773013719, 14);
  });
});

/** -d/dbeta of (1/8 pi^2) int int ln(cosh^2 2b - sinh 2b (cos x + cos y)); the midpoint rule converges fast: it is periodic. */
function energyByIntegration(beta: number): number {
  const points = 400;
  const [sinh, cosh] = [Math.sinh(2 * beta), Math.cosh(2 * beta)];
  let sum = 0;
  for (let i = 0; i < points; i++) {
    for (let j = 0; j < points; j++) {
      const c = Math.cos((2 * Math.PI * (i + 0.5)) / points) + Math.cos((2 * Math.PI * (j + 0.5)) / points);
      sum += (4 * cosh * sinh - 2 * cosh * c) / (cosh * cosh - sinh * c);
    }
  }
  return -sum / (2 * points * points);
}

describe("small lattices, every state visited", () => {
  test("numbers of states of the 4 x 4 lattice by energy (Beale, Phys. Rev. Lett. 76, 78, 1996)", () => {
    const byEnergy = new Map<number, number>();
    for (const { energy, states } of countStates(4).values()) {
      byEnergy.set(energy, (byEnergy.get(energy) ?? 0) + states);
    }
    const half = [2, 0, 32, 64, 424, 1728, 6688, 13568];
    half.forEach((states, index) => {
      expect(byEnergy.get(-32 + 4 * index) ?? 0).toBe(states);
      expect(byEnergy.get(32 - 4 * index) ?? 0).toBe(states);
    });
    expect(byEnergy.get(0)).toBe(20524);
  });

  test("cold: all spins equal; hot: energy -2/T, magnetisation that of 16 coins", () => {
    expect(smallLattice(4, 0.3)).toEqual({ energy: expect.closeTo(-2, 6), magnetisation: expect.closeTo(1, 6) });
    expect(smallLattice(4, 1e4).energy).toBeCloseTo(-2e-4, 7);
    const meanOf16Coins = (16 * 12870) / 2 ** 16 / 16; // E|S_2m| = 2m C(2m, m) / 4^m
    expect(smallLattice(4, 1e6).magnetisation).toBeCloseTo(meanOf16Coins, 5);
  });
});
