/**
 * Two-dimensional Ising model, Metropolis, checkerboard. Bit k of a word is the spin of chain k at one site: 32
 * independent chains per word, four words (128 chains) per SIMD vector. Random numbers and acceptance thresholds are
 * integers, so a seed gives the same bytes here and in kernel.wgsl. What is computed, and the layout of the state: README.md.
 */
import { fileLength, filePointer, release } from "../lib/files";
import { Output } from "../lib/output";
import { createState, packed, progress, restoreState, setUnitsDone, unitsDone, unitsForStep } from "../lib/state";
import { NO_INTEGER, decimalOf, integerOf, valueOf } from "../lib/text";
import { THREEFRY_PARITY, threshold } from "../lib/threefry";

export { alloc } from "../lib/files";

const ERROR_SIZE: i32 = 2;
const ERROR_TEMPERATURE: i32 = 3;
const ERROR_SWEEPS: i32 = 4;
const ERROR_CHAINS: i32 = 5;
const ERROR_SEED: i32 = 6;

/** One unit is a sweep of all chains: this many spins take 5 ms, and the state is 1 MiB. */
const MAX_SPINS: i64 = 1 << 23;
/** Fewer chains would make the standard errors themselves too uncertain for the declared false-alarm rate. */
const MIN_CHAINS: i64 = 512;

// Word indices of the state, after the common header of four.
const AT_SIZE: u32 = 4;
const AT_WORDS: u32 = 5;
const AT_THERMALISE: u32 = 6;
const AT_SWEEPS: u32 = 7;
const AT_EVERY: u32 = 8;
const AT_THRESHOLD4: u32 = 9;
const AT_THRESHOLD8: u32 = 10;
const AT_SEED_LOW: u32 = 11;
const AT_SEED_HIGH: u32 = 12;
const AT_THREADS: u32 = 13;
const AT_TEMPERATURE: u32 = 14;
const AT_SUMS: u32 = 16;
/** Four 64-bit sums: |M|, M^2, unsatisfied bonds, (sites - unsatisfied bonds)^2. */
const SUMS_PER_CHAIN: u32 = 8;
const THREADS_PER_WORD: u32 = 256;

let state: usize = 0;
let stateBytes: u32 = 0;
let size: u32 = 0;
let sites: u32 = 0;
let chains: u32 = 0;
let lattice: usize = 0;
let written: Output | null = null;

/** 32 vectors each: the bits of a threshold from the highest down, spread over whole words. */
const bits4: usize = memory.data(512, 16);
const bits8: usize = memory.data(512, 16);
const PLANES: u32 = 16;
const upPlanes: usize = memory.data(256, 16);
const bondPlanes: usize = memory.data(256, 16);

function get(index: u32): u32 {
  return load<u32>(state + <usize>(4 * index));
}

function set(index: u32, value: u32): void {
  store<u32>(state + <usize>(4 * index), value);
}

export function init(nFiles: i32, table: usize): i32 {
  const text = filePointer(table, 0);
  const length = fileLength(table, 0);
  const size64 = integerOf(text, length, "size", 4, 128);
  if (size64 == NO_INTEGER || size64 % 2 != 0) return ERROR_SIZE;
  const temperature = decimalOf(text, length, "temperature", 6, 1000000, 100000000);
  if (temperature == NO_INTEGER) return ERROR_TEMPERATURE;
  const thermalise = integerOf(text, length, "thermalise", 0, 10000000);
  const sweeps = integerOf(text, length, "sweeps", 1, 10000000);
  const every = integerOf(text, length, "every", 1, 10000000);
  if (thermalise == NO_INTEGER || sweeps == NO_INTEGER || every == NO_INTEGER || every > sweeps) return ERROR_SWEEPS;
  const given = valueOf(text, length, "chains");
  const chains64 = given === null ? MIN_CHAINS : integerOf(text, length, "chains", MIN_CHAINS, 65536);
  if (chains64 == NO_INTEGER || chains64 % 128 != 0 || chains64 * size64 * size64 > MAX_SPINS) return ERROR_CHAINS;
  if (nFiles < 2 || fileLength(table, 1) != 8) return ERROR_SEED;

  size = <u32>size64;
  sites = size * size;
  chains = <u32>chains64;
  const words = chains / 32;
  const latticeAt = AT_SUMS + SUMS_PER_CHAIN * chains;
  stateBytes = 4 * (latticeAt + words * sites);
  state = createState(stateBytes, <u32>(thermalise + sweeps));
  lattice = state + <usize>(4 * latticeAt);
  const t = <f64>temperature / 1e6;
  set(AT_SIZE, size);
  set(AT_WORDS, words);
  set(AT_THERMALISE, <u32>thermalise);
  set(AT_SWEEPS, <u32>sweeps);
  set(AT_EVERY, <u32>every);
  set(AT_THRESHOLD4, threshold(Math.exp(-4.0 / t)));
  set(AT_THRESHOLD8, threshold(Math.exp(-8.0 / t)));
  set(AT_SEED_LOW, load<u32>(filePointer(table, 1)));
  set(AT_SEED_HIGH, load<u32>(filePointer(table, 1), 4));
  set(AT_THREADS, words * THREADS_PER_WORD);
  set(AT_TEMPERATURE, <u32>temperature);
  memory.fill(lattice, 0xff, <usize>(4 * words * sites)); // all up: no domain walls to wait for below the critical point
  for (let k: u32 = 0; k < 32; k++) {
    v128.store(bits4 + <usize>(16 * k), i32x4.splat(-(<i32>((get(AT_THRESHOLD4) >> (31 - k)) & 1))));
    v128.store(bits8 + <usize>(16 * k), i32x4.splat(-(<i32>((get(AT_THRESHOLD8) >> (31 - k)) & 1))));
  }
  written = new Output(64 + sites);
  return 0;
}

export function step(budget: u32): f64 {
  const first = unitsDone(state);
  const last = first + unitsForStep(state, budget);
  const thermalise = get(AT_THERMALISE);
  const every = get(AT_EVERY);
  for (let group: u32 = 0; group < chains / 128; group++) {
    // Groups do not depend on each other: one at a time stays in the processor's cache for all its sweeps.
    for (let unit = first; unit < last; unit++) {
      updateHalf(group, 0, unit);
      updateHalf(group, 1, unit);
      if (unit >= thermalise && (unit - thermalise + 1) % every == 0) takeSamples(group);
    }
  }
  setUnitsDone(state, last);
  return progress(state);
}

function groupAt(group: u32): usize {
  return lattice + <usize>(16 * group * sites);
}

function updateHalf(group: u32, parity: u32, sweep: u32): void {
  const base = groupAt(group);
  for (let row: u32 = 0; row < size; row++) {
    const up = base + <usize>(16 * size * (row == 0 ? size - 1 : row - 1));
    const here = base + <usize>(16 * size * row);
    const down = base + <usize>(16 * size * (row + 1 == size ? 0 : row + 1));
    for (let col = (row + parity) & 1; col < size; col += 2) {
      const at = <usize>(16 * col);
      const spin = v128.load(here + at);
      const a = v128.not(v128.xor(spin, v128.load(up + at)));
      const b = v128.not(v128.xor(spin, v128.load(down + at)));
      const c = v128.not(v128.xor(spin, v128.load(here + <usize>(16 * (col == 0 ? size - 1 : col - 1)))));
      const d = v128.not(v128.xor(spin, v128.load(here + <usize>(16 * (col + 1 == size ? 0 : col + 1)))));
      const flips = accepted(a, b, c, d, row * size + col, sweep, 4 * group);
      v128.store(here + at, v128.xor(spin, flips));
    }
  }
}

/**
 * Metropolis for 128 chains: which flip, given which neighbours are equal to the spin. A flip costs 8 when all four are, 4
 * when three are, and nothing otherwise. A random 32-bit number per chain is compared with its threshold from the highest
 * bit down, one random word per bit, until no chain is undecided: seven words instead of 32.
 */
// @ts-ignore: decorator
@inline
function accepted(a: v128, b: v128, c: v128, d: v128, site: u32, sweep: u32, word: u32): v128 {
  const ab = v128.and(a, b);
  const cd = v128.and(c, d);
  const costs8 = v128.and(ab, cd);
  const costs4 = v128.or(v128.and(ab, v128.xor(c, d)), v128.and(v128.xor(a, b), cd));
  let undecided = v128.or(costs4, costs8);
  let accept = v128.not(undecided);
  const key0 = i32x4.splat(get(AT_SEED_LOW));
  const key1 = i32x4.splat(get(AT_SEED_HIGH));
  const parity = v128.xor(i32x4.splat(THREEFRY_PARITY), v128.xor(key0, key1));
  const words = i32x4.add(i32x4.splat(word), i32x4(0, 1, 2, 3));
  for (let block: u32 = 0; block < 8; block++) {
    if (!v128.any_true(undecided)) break;
    let x0 = i32x4.add(i32x4.splat(site), key0);
    let x1 = i32x4.add(i32x4.splat(sweep), key1);
    let x2 = words;
    let x3 = i32x4.splat(block);
    // Threefry-4x32, 13 rounds, as in lib/threefry.ts.
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
    x0 = i32x4.add(x0, key1); x3 = i32x4.add(x3, i32x4.add(parity, i32x4.splat(1)));
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 17), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 11), x2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 25), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 10), x2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 18), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 20), x2);
    x2 = i32x4.add(x2, parity); x3 = i32x4.add(x3, i32x4.add(key0, i32x4.splat(2)));
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 10), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 26), x2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 11), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 21), x2);
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 13), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 27), x2);
    x0 = i32x4.add(x0, x3); x3 = v128.xor(rotate(x3, 23), x0); x2 = i32x4.add(x2, x1); x1 = v128.xor(rotate(x1, 5), x2);
    x1 = i32x4.add(x1, parity); x2 = i32x4.add(x2, key0); x3 = i32x4.add(x3, i32x4.add(key1, i32x4.splat(3)));
    x0 = i32x4.add(x0, x1); x1 = v128.xor(rotate(x1, 6), x0); x2 = i32x4.add(x2, x3); x3 = v128.xor(rotate(x3, 20), x2);
    const at = <usize>(64 * block);
    let bit = v128.bitselect(v128.load(bits4 + at), v128.load(bits8 + at), costs4);
    accept = v128.or(accept, v128.and(undecided, v128.andnot(bit, x0)));
    undecided = v128.andnot(undecided, v128.xor(x0, bit));
    bit = v128.bitselect(v128.load(bits4 + at, 16), v128.load(bits8 + at, 16), costs4);
    accept = v128.or(accept, v128.and(undecided, v128.andnot(bit, x1)));
    undecided = v128.andnot(undecided, v128.xor(x1, bit));
    bit = v128.bitselect(v128.load(bits4 + at, 32), v128.load(bits8 + at, 32), costs4);
    accept = v128.or(accept, v128.and(undecided, v128.andnot(bit, x2)));
    undecided = v128.andnot(undecided, v128.xor(x2, bit));
    bit = v128.bitselect(v128.load(bits4 + at, 48), v128.load(bits8 + at, 48), costs4);
    accept = v128.or(accept, v128.and(undecided, v128.andnot(bit, x3)));
    undecided = v128.andnot(undecided, v128.xor(x3, bit));
  }
  return accept;
}

// @ts-ignore: decorator
@inline
function rotate(x: v128, k: i32): v128 {
  return v128.or(i32x4.shl(x, k), i32x4.shr_u(x, 32 - k));
}

/** Counts up spins and bonds between unequal spins of all 128 chains at once and adds a sample to every chain's sums. */
function takeSamples(group: u32): void {
  const base = groupAt(group);
  memory.fill(upPlanes, 0, 16 * PLANES);
  memory.fill(bondPlanes, 0, 16 * PLANES);
  for (let row: u32 = 0; row < size; row++) {
    const here = base + <usize>(16 * size * row);
    const down = base + <usize>(16 * size * (row + 1 == size ? 0 : row + 1));
    for (let col: u32 = 0; col < size; col++) {
      const spin = v128.load(here + <usize>(16 * col));
      const right = v128.load(here + <usize>(16 * (col + 1 == size ? 0 : col + 1)));
      addToPlanes(upPlanes, spin);
      addToPlanes(bondPlanes, v128.xor(spin, right));
      addToPlanes(bondPlanes, v128.xor(spin, v128.load(down + <usize>(16 * col))));
    }
  }
  for (let chain: u32 = 0; chain < 128; chain++) {
    const unsatisfied = <i32>countOf(bondPlanes, chain);
    const magnetisation = 2 * <i32>countOf(upPlanes, chain) - <i32>sites;
    const bond = <i32>sites - unsatisfied;
    const sums = state + <usize>(4 * (AT_SUMS + SUMS_PER_CHAIN * (128 * group + chain)));
    store<u64>(sums, load<u64>(sums) + <u64>abs(magnetisation));
    store<u64>(sums, load<u64>(sums, 8) + <u64>(magnetisation * magnetisation), 8);
    store<u64>(sums, load<u64>(sums, 16) + <u64>unsatisfied, 16);
    store<u64>(sums, load<u64>(sums, 24) + <u64>(bond * bond), 24);
  }
}

/** Adds one bit per chain to counters whose bit p of all chains is plane p. Counts to 2^16 - 1; two bonds a site fit. */
// @ts-ignore: decorator
@inline
function addToPlanes(planes: usize, bits: v128): void {
  let carry = bits;
  for (let at: usize = 0; at < <usize>(16 * PLANES) && v128.any_true(carry); at += 16) {
    const old = v128.load(planes + at);
    v128.store(planes + at, v128.xor(old, carry));
    carry = v128.and(old, carry);
  }
}

function countOf(planes: usize, chain: u32): u32 {
  let count: u32 = 0;
  const lane = planes + <usize>(4 * (chain / 32));
  for (let p: u32 = 0; p < PLANES; p++) count |= ((load<u32>(lane + <usize>(16 * p)) >> (chain & 31)) & 1) << p;
  return count;
}

/** The estimates with their standard errors from the spread of the chains, then the spins of chain 0. */
export function output(): u64 {
  const out = written!;
  out.clear();
  const perSite = 1.0 / <f64>sites;
  writeEstimate(out, 0, 0, perSite);
  writeEstimate(out, 16, -2, 2 * perSite);
  writeEstimate(out, 8, 0, perSite * perSite);
  writeEstimate(out, 24, 0, 4 * perSite * perSite);
  for (let site: u32 = 0; site < sites; site++) out.byte(<u8>(load<u32>(lattice + <usize>(16 * site)) & 1));
  return packed(out.start, out.length);
}

/**
 * Mean and standard error of offset + scale * (a chain's mean of one sum). Chains are independent, so the spread of
 * their means needs no autocorrelation time, at the critical point neither.
 */
function writeEstimate(out: Output, sum: usize, offset: f64, scale: f64): void {
  const samples = <f64>(get(AT_SWEEPS) / get(AT_EVERY));
  let mean: f64 = 0;
  for (let chain: u32 = 0; chain < chains; chain++) mean += chainMean(chain, sum, samples);
  mean /= <f64>chains;
  let squares: f64 = 0;
  for (let chain: u32 = 0; chain < chains; chain++) {
    const deviation = chainMean(chain, sum, samples) - mean;
    squares += deviation * deviation;
  }
  out.f64(offset + scale * mean);
  out.f64(scale * Math.sqrt(squares / (<f64>chains * <f64>(chains - 1))));
}

function chainMean(chain: u32, sum: usize, samples: f64): f64 {
  return <f64>load<u64>(state + <usize>(4 * (AT_SUMS + SUMS_PER_CHAIN * chain)) + sum) / samples;
}

export function save(): u64 {
  return packed(state, stateBytes);
}

function load_(pointer: usize, length: u32): i32 {
  let same = length == stateBytes;
  for (let index = AT_SIZE; same && index < AT_SUMS; index++) {
    same = load<u32>(pointer + <usize>(4 * index)) == get(index);
  }
  const ok = same && restoreState(state, stateBytes, pointer, length);
  release(pointer);
  return ok ? 0 : 1;
}

export { load_ as load };
