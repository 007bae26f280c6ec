/** Searches of Lennard-Jones clusters for the bundled project, without end: every round has new seeds. Pure. */

export interface ClusterRun {
  readonly atoms: number;
  readonly seed: number;
  /** Moves of single atoms, over all walkers. */
  readonly moves: number;
  /** On one core of the machine the constants were measured on; see nanosecondsPerMove. */
  readonly estimatedSeconds: number;
  /** The workunit's input. */
  readonly input: string;
}

/** The sizes whose published minima the project's page shows. */
export const CLUSTER_SIZES: readonly number[] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
const SEEDS_PER_ROUND = 4;
const WALKERS = 1024;
const TARGET_SECONDS = 20;

/** WASM kernel on one core: 28 ns for 2 atoms, 64 for 13, 140 for 32 measured (AMD EPYC, Node 24). */
function nanosecondsPerMove(atoms: number): number {
  return 20 + 3.5 * atoms;
}

/** The relaxation at the end: 512 steps of every walker, 2.6 ns per pair of atoms counted twice. */
function relaxationSeconds(atoms: number): number {
  return (WALKERS * 512 * 2.6 * atoms * atoms) / 1e9;
}

/**
 * Moves of one annealing: slower cooling for more atoms. Measured share of annealings that end in the lowest minimum at
 * 8192 moves: all up to 5 atoms, 7 to 53 % above; so a workunit finds it with near certainty.
 */
function movesPerCycle(atoms: number): number {
  return atoms <= 7 ? 8_192 : atoms <= 10 ? 16_384 : 32_768;
}

/** The workunits of a round, counted from 0: all sizes with four seeds each. Throws RangeError for what is no round. */
export function clusterRound(round: number): ClusterRun[] {
  if (!Number.isSafeInteger(round) || round < 0) throw new RangeError(`${round} is no round`);
  const seeds = Array.from({ length: SEEDS_PER_ROUND }, (_, index) => round * SEEDS_PER_ROUND + index + 1);
  return CLUSTER_SIZES.flatMap((atoms) => seeds.map((seed) => clusterRun(atoms, seed)));
}

function clusterRun(atoms: number, seed: number): ClusterRun {
  const moves = movesPerCycle(atoms);
  const secondsPerCycle = (WALKERS * moves * nanosecondsPerMove(atoms)) / 1e9;
  const cycles = Math.round((TARGET_SECONDS - relaxationSeconds(atoms)) / secondsPerCycle);
  return {
    atoms,
    seed,
    moves: WALKERS * moves * cycles,
    estimatedSeconds: cycles * secondsPerCycle + relaxationSeconds(atoms),
    input: `atoms=${atoms}\nseed=${seed}\nwalkers=${WALKERS}\nmoves=${moves}\ncycles=${cycles}\n`,
  };
}
