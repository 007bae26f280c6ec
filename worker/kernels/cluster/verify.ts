/**
 * Checks a claimed structure: recomputes energy and forces of the returned coordinates in f64, and refuses what is no
 * minimum. 1 = right, 0 = wrong, negative = not even an output of this input. It cannot tell a lowest minimum from another.
 */
import { NO_INTEGER, integerOf } from "../lib/text";
import { bendOf, difference, lennardJonesEnergy, lennardJonesForce, slopeOf, squaredDistance } from "../lib/lennard-jones";

export { alloc } from "../lib/files";

const ERROR_INPUT: i32 = -1;
const ERROR_LENGTH: i32 = -2;
const ERROR_NOT_FINITE: i32 = -3;

const MAX_ATOMS: u32 = 32;
/** A claim is computed in f64 from the same coordinates: only the order of additions may differ. */
const CLAIM_TOLERANCE: f64 = 1e-9;
/** Largest force on an atom, in well depths per sigma. What f32 reaches is 1e-4; the energy is then right to 1e-7. */
const MAX_RESIDUAL: f64 = 1e-3;
/** Added to every curvature: rotations have curvature 0 up to the residual force, minima nothing below it. */
const CURVATURE_SLACK: f64 = 0.02;

const hessian: usize = memory.data(73728, 16); // (3 * 32)^2 f64

export function verify(inputPointer: usize, inputLength: u32, pointer: usize, length: u32): i32 {
  const atoms64 = integerOf(inputPointer, inputLength, "atoms", 2, MAX_ATOMS);
  if (atoms64 == NO_INTEGER) return ERROR_INPUT;
  const atoms = <u32>atoms64;
  if (length != 16 + 24 * atoms) return ERROR_LENGTH;
  const coordinates = pointer + 16;
  for (let c: u32 = 0; c < 3 * atoms; c++) {
    if (!isFinite<f64>(load<f64>(coordinates + <usize>(8 * c)))) return ERROR_NOT_FINITE;
  }
  const claimedEnergy = load<f64>(pointer);
  const claimedForce = load<f64>(pointer, 8);
  if (!isFinite<f64>(claimedEnergy) || !isFinite<f64>(claimedForce)) return ERROR_NOT_FINITE;

  const energy = lennardJonesEnergy(coordinates, atoms);
  const force = lennardJonesForce(coordinates, atoms);
  // Comparisons are written so that NaN, from atoms on one spot, is refused.
  if (!(Math.abs(claimedEnergy - energy) <= CLAIM_TOLERANCE * Math.max(1.0, Math.abs(energy)))) return 0;
  if (!(Math.abs(claimedForce - force) <= CLAIM_TOLERANCE)) return 0;
  if (!(force <= MAX_RESIDUAL)) return 0;
  if (!isConnected(coordinates, atoms)) return 0;
  return isMinimum(coordinates, atoms) ? 1 : 0;
}

/** No force either acts on atoms that flew apart: every atom must be within 2 sigma of a neighbour, all in one piece. */
function isConnected(coordinates: usize, atoms: u32): bool {
  const all: u64 = (<u64>1 << atoms) - 1;
  let reached: u64 = 1;
  for (let round: u32 = 1; round < atoms; round++) {
    for (let i: u32 = 0; i < atoms; i++) {
      for (let j: u32 = 0; j < atoms; j++) {
        if (((reached >> i) & 1) == 1 && squaredDistance(coordinates, i, j) <= 4.0) reached |= <u64>1 << j;
      }
    }
  }
  return reached == all;
}

/** Whether every curvature of the energy exceeds -CURVATURE_SLACK: Cholesky's method on the shifted Hessian succeeds. */
function isMinimum(coordinates: usize, atoms: u32): bool {
  fillHessian(coordinates, atoms);
  const n: u32 = 3 * atoms;
  for (let i: u32 = 0; i < n; i++) {
    for (let j: u32 = 0; j <= i; j++) {
      let sum = get(i, j) + (i == j ? CURVATURE_SLACK : 0);
      for (let k: u32 = 0; k < j; k++) sum -= get(i, k) * get(j, k);
      if (i == j) {
        if (!(sum > 0)) return false;
        set(i, i, Math.sqrt(sum));
      } else {
        set(i, j, sum / get(j, j));
      }
    }
  }
  return true;
}

/** Second derivatives: a pair adds (V'' - V'/r) u u^T + (V'/r) 1 to its atoms' blocks, u the direction between them. */
function fillHessian(coordinates: usize, atoms: u32): void {
  memory.fill(hessian, 0, 73728);
  for (let i: u32 = 0; i < atoms; i++) {
    for (let j: u32 = 0; j < i; j++) {
      const squared = squaredDistance(coordinates, i, j);
      const slope = slopeOf(squared);
      const along = (bendOf(squared) - slope) / squared;
      for (let a: u32 = 0; a < 3; a++) {
        for (let b: u32 = 0; b < 3; b++) {
          const term = along * difference(coordinates, i, j, a) * difference(coordinates, i, j, b) + (a == b ? slope : 0);
          set(3 * i + a, 3 * i + b, get(3 * i + a, 3 * i + b) + term);
          set(3 * j + a, 3 * j + b, get(3 * j + a, 3 * j + b) + term);
          set(3 * i + a, 3 * j + b, get(3 * i + a, 3 * j + b) - term);
        }
      }
    }
  }
}

function get(row: u32, column: u32): f64 {
  return load<f64>(hessian + <usize>(8 * (96 * row + column)));
}

function set(row: u32, column: u32, value: f64): void {
  store<f64>(hessian + <usize>(8 * (96 * row + column)), value);
}
