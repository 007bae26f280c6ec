import type { Confirmed } from "./confirmed-outputs.ts";
import { keyValues } from "./key-values.ts";

export interface ClusterBest {
  atoms: number;
  /** In units of the pair well depth. */
  energy: number;
  workunitId: number;
  /** x, y, z of each atom in units of sigma. */
  coordinates: number[];
}

export type ClusterPicture = Map<number, ClusterBest>;

/**
 * Published global minima of Lennard-Jones clusters, units of the pair well depth. Source: Cambridge Cluster Database
 * (D. J. Wales et al.); the same numbers as worker/kernels/cluster/minima.csv, which a test compares.
 */
export const PUBLISHED_MINIMA: ReadonlyMap<number, number> = new Map([
  [2, -1],
  [3, -3],
  [4, -6],
  [5, -9.103852],
  [6, -12.712062],
  [7, -16.505384],
  [8, -19.821489],
  [9, -24.11336],
  [10, -28.422532],
  [11, -32.76597],
  [12, -37.9676],
  [13, -44.326801],
]);

/** Header of the app's output: energy and residual force, f64; then x, y, z of each atom, f64. */
const HEADER_BYTES = 16;
const ATOM_BYTES = 24;

/** Keeps the lowest confirmed energy of each size. */
export function addCluster(picture: ClusterPicture, { workunitId, input, output }: Confirmed): void {
  if (input === null) return;
  const atoms = Number(keyValues(input).get("atoms"));
  if (!Number.isInteger(atoms) || output.length < HEADER_BYTES + atoms * ATOM_BYTES) return;
  const energy = output.readDoubleLE(0);
  const best = picture.get(atoms);
  if (best && best.energy <= energy) return;
  const coordinates = Array.from({ length: atoms * 3 }, (_, i) => output.readDoubleLE(HEADER_BYTES + i * 8));
  picture.set(atoms, { atoms, energy, workunitId, coordinates });
}
