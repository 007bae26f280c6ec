/**
 * Exact facts about the two-dimensional Ising model (square lattice, J = k = 1, zero field), an independent reference for
 * the ising kernels: the infinite lattice in closed form, and small periodic lattices by visiting every state.
 */

/** 2 / ln(1 + sqrt 2), Kramers and Wannier 1941; Onsager, Phys. Rev. 65, 117 (1944). */
export const CRITICAL_TEMPERATURE = 2 / Math.log(1 + Math.SQRT2);

/** Spontaneous magnetisation per site of the infinite lattice, 0..1. Yang, Phys. Rev. 85, 808 (1952). */
export function onsagerMagnetisation(temperature: number): number {
  if (!(temperature > 0)) throw new Error("the temperature must be above 0");
  if (temperature >= CRITICAL_TEMPERATURE) return 0;
  return (1 - Math.sinh(2 / temperature) ** -4) ** (1 / 8);
}

/** Internal energy per site of the infinite lattice, -2..0. Onsager, Phys. Rev. 65, 117 (1944), eq. 116. */
export function onsagerEnergy(temperature: number): number {
  if (!(temperature > 0)) throw new Error("the temperature must be above 0");
  const beta = 1 / temperature;
  const sinh = Math.sinh(2 * beta);
  const cosh = Math.cosh(2 * beta);
  const tanh = Math.tanh(2 * beta);
  // 1 - modulus^2 = ((sinh^2 - 1) / cosh^2)^2 without the cancellation; the bracket's factor is the same root.
  const complement = Math.abs(sinh * sinh - 1) / (cosh * cosh);
  const factor = (sinh * sinh - 1) / (cosh * cosh); // 2 tanh^2 - 1
  const correction = complement === 0 ? 0 : (2 / Math.PI) * factor * completeElliptic(complement);
  return (-1 / tanh) * (1 + correction);
}

/** Complete elliptic integral of the first kind from the complementary modulus k' = sqrt(1 - k^2), by Gauss's mean. */
export function completeElliptic(complementaryModulus: number): number {
  let a = 1;
  let b = complementaryModulus;
  while (Math.abs(a - b) > 1e-15 * a) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
  return Math.PI / (2 * a);
}

/** Number of states of the periodic size x size lattice by [energy, |sum of spins|]; size 3 or 4 (2^16 states). */
export function countStates(size: number): Map<string, { energy: number; magnetisation: number; states: number }> {
  if (size !== 3 && size !== 4) throw new Error("only lattices of 3 or 4 by 3 or 4 sites are visited state by state");
  const sites = size * size;
  const counts = new Map<string, { energy: number; magnetisation: number; states: number }>();
  for (let state = 0; state < 2 ** sites; state++) {
    const spin = (row: number, col: number) => (((state >> ((row % size) * size + (col % size))) & 1) === 1 ? 1 : -1);
    let energy = 0;
    let sum = 0;
    for (let row = 0; row < size; row++) {
      for (let col = 0; col < size; col++) {
        energy -= spin(row, col) * (spin(row + 1, col) + spin(row, col + 1));
        sum += spin(row, col);
      }
    }
    const key = `${energy},${Math.abs(sum)}`;
    const entry = counts.get(key) ?? { energy, magnetisation: Math.abs(sum), states: 0 };
    entry.states += 1;
    counts.set(key, entry);
  }
  return counts;
}

/** Exact means of energy per site and |magnetisation| per site on the periodic size x size lattice; size 3 or 4. */
export function smallLattice(size: number, temperature: number): { energy: number; magnetisation: number } {
  let weightSum = 0;
  let energySum = 0;
  let magnetisationSum = 0;
  for (const { energy, magnetisation, states } of countStates(size).values()) {
    const weight = states * Math.exp(-(energy + 2 * size * size) / temperature); // from the ground state up: no overflow
    weightSum += weight;
    energySum += weight * energy;
    magnetisationSum += weight * magnetisation;
  }
  const sites = size * size;
  return { energy: energySum / weightSum / sites, magnetisation: magnetisationSum / weightSum / sites };
}
