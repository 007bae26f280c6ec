/**
 * Simulations of the Ising model for the bundled project, without end: every round is a grid of temperatures times all
 * lattice sizes; the third of three rounds is a fine grid around the critical point. Repeated rounds have the same
 * inputs: every replica draws its own random numbers, so each adds to the precision of its point. Pure.
 */

export interface IsingRun {
  /** Sites along one side. */
  readonly size: number;
  /** In units of J/k, as written in the input. */
  readonly temperature: string;
  /** Spins looked at, over all chains and sweeps: the unit of the kernel's work. */
  readonly spinUpdates: number;
  /** On one core of the machine the constants were measured on; see NANOSECONDS_PER_SPIN. */
  readonly estimatedSeconds: number;
  /** The workunit's input. */
  readonly input: string;
}

/** WASM kernel on one core, sampling every ten sweeps included: 0.49 to 0.59 measured (AMD EPYC, Node 24). */
const NANOSECONDS_PER_SPIN = 0.55;
const SWEEPS_BETWEEN_SAMPLES = 10;

/**
 * Sweeps grow with the relaxation time at the critical point, about size^2.17; chains shrink so that a run stays between
 * 20 and 30 s. Starting from all spins up, 6000 sweeps are some three relaxation times of the largest lattice.
 */
const SIZES = [
  { size: 16, chains: 2048, thermalise: 4_000, sweeps: 76_000 },
  { size: 32, chains: 1024, thermalise: 5_000, sweeps: 35_000 },
  { size: 64, chains: 512, thermalise: 6_000, sweeps: 16_000 },
] as const;

const GRIDS = [
  { from: 1, step: 0.1, count: 31 },
  { from: 1.05, step: 0.1, count: 30 },
  { from: 2.1, step: 0.01, count: 36 },
] as const;

/** The workunits of a round, counted from 0: cold to hot, small to large. Throws RangeError for what is no round. */
export function isingRound(round: number): IsingRun[] {
  const grid = GRIDS[round % GRIDS.length];
  if (!Number.isSafeInteger(round) || grid === undefined) throw new RangeError(`${round} is no round`);
  return Array.from({ length: grid.count }, (_, index) => (grid.from + index * grid.step).toFixed(2)).flatMap(
    (temperature) => SIZES.map((settings) => isingRun(temperature, settings)),
  );
}

function isingRun(temperature: string, { size, chains, thermalise, sweeps }: (typeof SIZES)[number]): IsingRun {
  const spinUpdates = size * size * chains * (thermalise + sweeps);
  const lines = { size, temperature, thermalise, sweeps, every: SWEEPS_BETWEEN_SAMPLES, chains };
  return {
    size,
    temperature,
    spinUpdates,
    estimatedSeconds: (spinUpdates * NANOSECONDS_PER_SPIN) / 1e9,
    input: Object.entries(lines)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  };
}
