/**
 * Lowest energy of a Lennard-Jones cluster: many independent walkers, each annealed again and again by Metropolis moves of
 * single atoms in integers (positions, energies, acceptance), then its best structure relaxed in f32 (descent.ts). The integer part
 * gives the same bytes here and in kernel.wgsl. What is computed, and the layout of the state: README.md.
 */
import { descend, lastGradient, position } from "./descent";
import { fileLength, filePointer, release } from "../lib/files";
import { Output } from "../lib/output";
import { createState, packed, progress, restoreState, setUnitsDone, unitsDone, unitsForStep } from "../lib/state";
import { lennardJonesEnergy, lennardJonesForce } from "../lib/lennard-jones";
import { NO_INTEGER, integerOf } from "../lib/text";
import { random0, random1, random2, threefry, threshold } from "../lib/threefry";

export { alloc } from "../lib/files";

const ERROR_ATOMS: i32 = 2;
const ERROR_SEED: i32 = 3;
const ERROR_WALKERS: i32 = 4;
const ERROR_MOVES: i32 = 5;
const ERROR_CYCLES: i32 = 6;

const MAX_ATOMS: u32 = 32;
/** Bounds the time of one unit by 6 ms: a relaxation step costs walkers x atoms^2. */
const MAX_WORK: i64 = 1 << 20;
const MOVES_PER_UNIT: u32 = 8;
const STAGES: u32 = 64;
const RELAX_UNITS: u32 = 256;
const RELAX_STEPS_PER_UNIT: u32 = 2;

/** Positions have 12 bits after the point, squared distances 24, energies 16. */
const POSITION_ONE: f64 = 4096.0;
const ENERGY_ONE: f64 = 65536.0;
/** Energies of pairs by squared distance, 128 entries per unit up to 4^2, linear in between; 0 beyond. */
const PAIR_ENTRIES: u32 = 2048;
/** exp(-k / 64) for the k that can matter: exp(-16) is 1e-7. */
const ACCEPT_ENTRIES: u32 = 1024;
const HOTTEST: f64 = 0.8;
const COLDEST: f64 = 0.01;

// Word indices of the state, after the common header of four.
const AT_ATOMS: u32 = 4;
const AT_WALKERS: u32 = 5;
const AT_UNITS_PER_CYCLE: u32 = 6;
const AT_ANNEAL_UNITS: u32 = 7;
const AT_SEED_LOW: u32 = 8;
const AT_SEED_HIGH: u32 = 9;
const AT_RADIUS_SQUARED: u32 = 10;
/** Per stage: largest cost that may be accepted, 2^10 / temperature, largest displacement, 0. */
const AT_STAGES: u32 = 16;
const AT_ACCEPT: u32 = AT_STAGES + 4 * STAGES;
const AT_PAIRS: u32 = AT_ACCEPT + ACCEPT_ENTRIES;
const AT_WALKER_DATA: u32 = AT_PAIRS + PAIR_ENTRIES + 16;

/** An end result with a larger force on an atom is no minimum; verify.ts refuses it. */
const MAX_RESIDUAL: f64 = 1e-3;

let state: usize = 0;
let stateBytes: u32 = 0;
let atoms: u32 = 0;
let walkers: u32 = 0;
let written: Output | null = null;

/** The structure that is measured, f64. */
const precise: usize = memory.data(768, 16);

function get(index: u32): u32 {
  return load<u32>(state + <usize>(4 * index));
}

function set(index: u32, value: u32): void {
  store<u32>(state + <usize>(4 * index), value);
}

/** Word of coordinate c of a walker's current (block 0) or best (block 1) structure; neighbours are other walkers. */
// @ts-ignore: decorator
@inline
function at(block: u32, c: u32, walker: u32): usize {
  return state + <usize>(4 * (AT_WALKER_DATA + (block * 3 * atoms + c) * walkers + walker));
}

/** A walker's current energy (0; the step length while relaxing) or best energy (1). */
// @ts-ignore: decorator
@inline
function energyAt(which: u32, walker: u32): usize {
  return state + <usize>(4 * (AT_WALKER_DATA + (6 * atoms + which) * walkers + walker));
}

export function init(nFiles: i32, table: usize): i32 {
  const text = filePointer(table, 0);
  const length = fileLength(table, 0);
  const atoms64 = integerOf(text, length, "atoms", 2, MAX_ATOMS);
  if (atoms64 == NO_INTEGER) return ERROR_ATOMS;
  const seed = integerOf(text, length, "seed", 0, 999999999999999);
  if (seed == NO_INTEGER) return ERROR_SEED;
  const walkers64 = integerOf(text, length, "walkers", 64, 8192);
  if (walkers64 == NO_INTEGER || walkers64 % 64 != 0 || walkers64 * atoms64 * atoms64 > MAX_WORK) return ERROR_WALKERS;
  const moves = integerOf(text, length, "moves", 512, 1 << 20);
  if (moves == NO_INTEGER || moves % 512 != 0) return ERROR_MOVES;
  const cycles = integerOf(text, length, "cycles", 1, 4096);
  if (cycles == NO_INTEGER) return ERROR_CYCLES;

  atoms = <u32>atoms64;
  walkers = <u32>walkers64;
  const unitsPerCycle = <u32>moves / MOVES_PER_UNIT;
  const annealUnits = unitsPerCycle * <u32>cycles;
  stateBytes = 4 * (AT_WALKER_DATA + (6 * atoms + 2) * walkers);
  state = createState(stateBytes, annealUnits + RELAX_UNITS);
  const radius = 1.0 + 0.6 * Math.cbrt(<f64>atoms);
  set(AT_ATOMS, atoms);
  set(AT_WALKERS, walkers);
  set(AT_UNITS_PER_CYCLE, unitsPerCycle);
  set(AT_ANNEAL_UNITS, annealUnits);
  set(AT_SEED_LOW, <u32>seed);
  set(AT_SEED_HIGH, <u32>(seed >> 32));
  set(AT_RADIUS_SQUARED, <u32>(radius * radius * POSITION_ONE * POSITION_ONE));
  makeTables();
  for (let walker: u32 = 0; walker < walkers; walker++) scatter(walker, radius);
  written = new Output(16 + 24 * atoms);
  return 0;
}

/** Everything that needs exp or a division is computed here once, so that no backend rounds it another way. */
function makeTables(): void {
  for (let stage: u32 = 0; stage < STAGES; stage++) {
    const temperature = HOTTEST * Math.pow(COLDEST / HOTTEST, <f64>stage / <f64>(STAGES - 1));
    set(AT_STAGES + 4 * stage, <u32>(15.9 * temperature * ENERGY_ONE));
    set(AT_STAGES + 4 * stage + 1, <u32>(1024.0 / temperature));
    set(AT_STAGES + 4 * stage + 2, <u32>(0.45 * Math.sqrt(temperature / HOTTEST) * POSITION_ONE));
  }
  for (let k: u32 = 0; k < ACCEPT_ENTRIES; k++) set(AT_ACCEPT + k, threshold(Math.exp(-(<f64>k) / 64.0)));
  for (let k: u32 = 1; k < PAIR_ENTRIES; k++) {
    const inverse = 128.0 / <f64>k;
    const inverse3 = inverse * inverse * inverse;
    const energy = 4.0 * inverse3 * (inverse3 - 1.0);
    set(AT_PAIRS + k, <u32><i32>Math.floor(ENERGY_ONE * (energy < 100.0 ? energy : 100.0)));
  }
  set(AT_PAIRS, get(AT_PAIRS + 1));
}

/** A walker's first structure: random points in the cube inside the container. */
function scatter(walker: u32, radius: f64): void {
  const half = <u32>((radius / Math.sqrt(3.0)) * POSITION_ONE);
  for (let atom: u32 = 0; atom < atoms; atom++) {
    threefry(walker, atom, 1, 0, get(AT_SEED_LOW), get(AT_SEED_HIGH));
    const here = position + <usize>(12 * atom);
    store<i32>(here, shift16(random0 >> 16, half));
    store<i32>(here, shift16(random1 >> 16, half), 4);
    store<i32>(here, shift16(random2 >> 16, half), 8);
  }
  let energy: i32 = 0;
  for (let atom: u32 = 1; atom < atoms; atom++) {
    for (let before: u32 = 0; before < atom; before++) energy += pairEnergy(squaredDistance(atom, before));
  }
  for (let c: u32 = 0; c < 3 * atoms; c++) {
    const value = load<u32>(position + <usize>(4 * c));
    store<u32>(at(0, c, walker), value);
    store<u32>(at(1, c, walker), value);
  }
  store<i32>(energyAt(0, walker), energy);
  store<i32>(energyAt(1, walker), energy);
}

/** A 16-bit random number to -most..most. */
// @ts-ignore: decorator
@inline
function shift16(random: u32, most: u32): i32 {
  return <i32>((random * (2 * most + 1)) >> 16) - <i32>most;
}

// @ts-ignore: decorator
@inline
function squaredDistance(a: u32, b: u32): u32 {
  const pa = position + <usize>(12 * a);
  const pb = position + <usize>(12 * b);
  return squares(load<i32>(pa) - load<i32>(pb), load<i32>(pa, 4) - load<i32>(pb, 4), load<i32>(pa, 8) - load<i32>(pb, 8));
}

// @ts-ignore: decorator
@inline
function squares(dx: i32, dy: i32, dz: i32): u32 {
  return <u32>(dx * dx + dy * dy + dz * dz);
}

// @ts-ignore: decorator
@inline
function pairEnergy(squared: u32): i32 {
  const k = squared >> 17;
  if (k >= PAIR_ENTRIES) return 0;
  const entry = state + <usize>(4 * (AT_PAIRS + k));
  const from = load<i32>(entry);
  return from + (((load<i32>(entry, 4) - from) * <i32>((squared >> 7) & 1023)) >> 10);
}

export function step(budget: u32): f64 {
  const first = unitsDone(state);
  const last = first + unitsForStep(state, budget);
  // Walkers do not depend on each other: one at a time does all its units.
  for (let walker: u32 = 0; walker < walkers; walker++) {
    anneal(walker, first, last);
    relax(walker, first, last);
  }
  setUnitsDone(state, last);
  return progress(state);
}

function anneal(walker: u32, first: u32, last: u32): void {
  const end = min(last, get(AT_ANNEAL_UNITS));
  if (first >= end) return;
  const perCycle = get(AT_UNITS_PER_CYCLE);
  let energy = load<i32>(energyAt(0, walker));
  for (let c: u32 = 0; c < 3 * atoms; c++) store<u32>(position + <usize>(4 * c), load<u32>(at(0, c, walker)));
  for (let unit = first; unit < end; unit++) {
    const stage = state + <usize>(4 * (AT_STAGES + 4 * (((unit % perCycle) * STAGES) / perCycle)));
    for (let k: u32 = 0; k < MOVES_PER_UNIT; k++) energy += move(walker, unit * MOVES_PER_UNIT + k, stage);
    if ((unit + 1) % perCycle == 0 && energy < load<i32>(energyAt(1, walker))) {
      store<i32>(energyAt(1, walker), energy);
      for (let c: u32 = 0; c < 3 * atoms; c++) store<u32>(at(1, c, walker), load<u32>(position + <usize>(4 * c)));
    }
  }
  store<i32>(energyAt(0, walker), energy);
  for (let c: u32 = 0; c < 3 * atoms; c++) store<u32>(at(0, c, walker), load<u32>(position + <usize>(4 * c)));
}

/** One Metropolis move of one atom; returns by how much the energy changed. */
function move(walker: u32, index: u32, stage: usize): i32 {
  threefry(walker, index, 0, 0, get(AT_SEED_LOW), get(AT_SEED_HIGH));
  const most = load<u32>(stage, 8);
  const atom = ((random0 >> 16) * atoms) >> 16;
  const here = position + <usize>(12 * atom);
  const oldX = load<i32>(here);
  const oldY = load<i32>(here, 4);
  const oldZ = load<i32>(here, 8);
  const x = oldX + shift16(random0 & 0xffff, most);
  const y = oldY + shift16(random1 >> 16, most);
  const z = oldZ + shift16(random1 & 0xffff, most);
  if (squares(x, y, z) > get(AT_RADIUS_SQUARED)) return 0;
  let cost: i32 = 0;
  for (let j: u32 = 0; j < atoms; j++) {
    if (j == atom) continue;
    const there = position + <usize>(12 * j);
    const jx = load<i32>(there);
    const jy = load<i32>(there, 4);
    const jz = load<i32>(there, 8);
    cost += pairEnergy(squares(x - jx, y - jy, z - jz)) - pairEnergy(squares(oldX - jx, oldY - jy, oldZ - jz));
  }
  if (cost > 0) {
    if (<u32>cost >= load<u32>(stage)) return 0;
    // 64 cost / temperature: 12 bits of cost times 10 of the inverse, less 16.
    const k = ((<u32>cost >> 4) * load<u32>(stage, 4)) >> 16;
    if (random2 >= get(AT_ACCEPT + k)) return 0;
  }
  store<i32>(here, x);
  store<i32>(here, y, 4);
  store<i32>(here, z, 8);
  return cost;
}

/**
 * Units of relaxation. Block 0 holds the structure and block 1 the previous gradient, both f32; the walker's current
 * energy is replaced by the step length.
 */
function relax(walker: u32, first: u32, last: u32): void {
  const annealUnits = get(AT_ANNEAL_UNITS);
  if (last <= annealUnits) return;
  const coordinates: u32 = 3 * atoms;
  let stepLength: f32 = 0;
  if (first <= annealUnits) {
    for (let c: u32 = 0; c < coordinates; c++) {
      store<f32>(position + <usize>(4 * c), <f32>load<i32>(at(1, c, walker)) * <f32>(1.0 / POSITION_ONE));
      store<f32>(lastGradient + <usize>(4 * c), 0);
    }
  } else {
    stepLength = load<f32>(energyAt(0, walker));
    for (let c: u32 = 0; c < coordinates; c++) {
      store<f32>(position + <usize>(4 * c), load<f32>(at(0, c, walker)));
      store<f32>(lastGradient + <usize>(4 * c), load<f32>(at(1, c, walker)));
    }
  }
  for (let k = RELAX_STEPS_PER_UNIT * (max(first, annealUnits) - annealUnits); k < RELAX_STEPS_PER_UNIT * (last - annealUnits); k++) {
    stepLength = descend(atoms, stepLength);
  }
  store<f32>(energyAt(0, walker), stepLength);
  for (let c: u32 = 0; c < coordinates; c++) {
    store<f32>(at(0, c, walker), load<f32>(position + <usize>(4 * c)));
    store<f32>(at(1, c, walker), load<f32>(lastGradient + <usize>(4 * c)));
  }
}

/** The lowest relaxed structure around its centre, its energy and the largest force on an atom, all in f64. */
export function output(): u64 {
  let best: u32 = 0;
  let bestEnergy: f64 = Infinity;
  let bestForce: f64 = Infinity;
  for (let walker: u32 = 0; walker < walkers; walker++) {
    widen(walker);
    const energy = lennardJonesEnergy(precise, atoms);
    const force = lennardJonesForce(precise, atoms);
    const better = force <= MAX_RESIDUAL ? bestForce > MAX_RESIDUAL || energy < bestEnergy : force < bestForce;
    if (!better) continue;
    best = walker;
    bestEnergy = energy;
    bestForce = force;
  }
  widen(best);
  for (let axis: usize = 0; axis < 24; axis += 8) {
    let centre: f64 = 0;
    for (let atom: u32 = 0; atom < atoms; atom++) centre += load<f64>(precise + <usize>(24 * atom) + axis);
    centre /= <f64>atoms;
    for (let atom: u32 = 0; atom < atoms; atom++) {
      const at = precise + <usize>(24 * atom) + axis;
      store<f64>(at, load<f64>(at) - centre);
    }
  }
  const out = written!;
  out.clear();
  out.f64(lennardJonesEnergy(precise, atoms));
  out.f64(lennardJonesForce(precise, atoms));
  out.bytes(precise, 24 * atoms);
  return packed(out.start, out.length);
}

function widen(walker: u32): void {
  for (let c: u32 = 0; c < 3 * atoms; c++) store<f64>(precise + <usize>(8 * c), <f64>load<f32>(at(0, c, walker)));
}

export function save(): u64 {
  return packed(state, stateBytes);
}

function load_(pointer: usize, length: u32): i32 {
  // Settings and tables are what this input gives; they bound every index of the walkers' arithmetic.
  const from = <usize>(4 * AT_ATOMS);
  const same = length == stateBytes && memory.compare(pointer + from, state + from, <usize>(4 * AT_WALKER_DATA) - from) == 0;
  const ok = same && restoreState(state, stateBytes, pointer, length);
  release(pointer);
  return ok ? 0 : 1;
}

export { load_ as load };
