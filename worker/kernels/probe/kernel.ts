/**
 * A known-answer kernel for devices, not for science: 64 lanes of integer arithmetic that every device must get right bit
 * for bit (shifts, wrapping products, division, remainder, a barrier, an atomic), and float operations whose last bits
 * devices may choose. State, in u32 words: header 0-3, seed 4, total 5, lanes 8-71, floats 72-1095. Output: seven words
 * folded from the lanes, the total, then the floats.
 */
import { fileLength, filePointer, release } from "../lib/files";
import { Output } from "../lib/output";
import { createState, packed, progress, restoreState, setUnitsDone, unitsDone, unitsForStep } from "../lib/state";

export { alloc } from "../lib/files";

const ERROR_INPUT: i32 = 2;

const LANES: u32 = 64;
const UNITS: u32 = 16;
const ROUNDS: u32 = 1024;
const AT_SEED: u32 = 4;
const AT_TOTAL: u32 = 5;
const AT_LANES: u32 = 8;
const AT_FLOATS: u32 = 72;
const FLOATS: u32 = UNITS * LANES;
const STATE_BYTES: u32 = 4 * (AT_FLOATS + FLOATS);
const FOLDED_WORDS: u32 = 7;

let state: usize = 0;
let written: Output | null = null;
const shared: usize = memory.data(256, 16);

function get(index: u32): u32 {
  return load<u32>(state + <usize>(4 * index));
}

function set(index: u32, value: u32): void {
  store<u32>(state + <usize>(4 * index), value);
}

export function init(nFiles: i32, table: usize): i32 {
  if (nFiles != 1 || fileLength(table, 0) != 4) return ERROR_INPUT;
  state = createState(STATE_BYTES, UNITS);
  set(AT_SEED, load<u32>(filePointer(table, 0)));
  for (let lane: u32 = 0; lane < LANES; lane++) set(AT_LANES + lane, mix(get(AT_SEED) + lane));
  written = new Output(4 * (FOLDED_WORDS + 1 + FLOATS));
  return 0;
}

export function step(budget: u32): f64 {
  const first = unitsDone(state);
  const last = first + unitsForStep(state, budget);
  for (let unit = first; unit < last; unit++) doUnit(unit);
  setUnitsDone(state, last);
  return progress(state);
}

function doUnit(unit: u32): void {
  for (let lane: u32 = 0; lane < LANES; lane++) {
    let x = get(AT_LANES + lane);
    for (let round: u32 = 0; round < ROUNDS; round++) {
      x = mix(x);
      x ^= x / ((x >> 20) | 1);
      x += x % 1000003;
      x ^= <u32>(<i32>x >> 3);
    }
    store<u32>(shared + <usize>(4 * lane), x);
    store<f32>(state + <usize>(4 * (AT_FLOATS + unit * LANES + lane)), floatOf(unit, lane));
  }
  for (let lane: u32 = 0; lane < LANES; lane++) {
    const other = load<u32>(shared + <usize>(4 * ((lane * 7 + 3) % LANES)));
    const x = load<u32>(shared + <usize>(4 * lane)) + other;
    set(AT_LANES + lane, x);
    set(AT_TOTAL, get(AT_TOTAL) + x);
  }
}

function mix(value: u32): u32 {
  let x = value;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x * 1664525 + 1013904223;
}

/** In [1, 2), exactly, whatever the device does with floats. */
function oneToTwo(value: u32): f32 {
  return reinterpret<f32>((value >> 9) | 0x3f800000);
}

/** One of eight operations on which devices are known to differ; each result is of the order of one. */
function floatOf(unit: u32, lane: u32): f32 {
  const x = oneToTwo(mix(get(AT_SEED) + unit * LANES + lane));
  const y = oneToTwo(mix(mix(get(AT_SEED) ^ (unit * LANES + lane))));
  const tiny: f32 = 1e-20;
  switch (lane & 7) {
    case 0:
      return x / y;
    case 1:
      return Mathf.sqrt(x * y);
    case 2:
      return x * y - y * x * y; // contracted to fma or not
    case 3:
      return Mathf.exp(x);
    case 4:
      return Mathf.sin(x);
    case 5:
      return Mathf.log2(x);
    case 6:
      return x + 1000 + y - 1000; // reassociated or not
    default:
      return x * tiny * (y * tiny) * 1e37; // subnormals flushed to zero or not
  }
}

export function output(): u64 {
  const out = written!;
  out.clear();
  for (let word: u32 = 0; word < FOLDED_WORDS; word++) {
    let folded: u32 = 0;
    for (let lane = word; lane < LANES; lane += FOLDED_WORDS) folded = folded * 31 + get(AT_LANES + lane);
    out.u32(folded);
  }
  out.u32(get(AT_TOTAL));
  out.bytes(state + <usize>(4 * AT_FLOATS), 4 * FLOATS);
  return packed(out.start, out.length);
}

export function save(): u64 {
  return packed(state, STATE_BYTES);
}

function load_(pointer: usize, length: u32): i32 {
  const same = length == STATE_BYTES && load<u32>(pointer + <usize>(4 * AT_SEED)) == get(AT_SEED);
  const ok = same && restoreState(state, STATE_BYTES, pointer, length);
  release(pointer);
  return ok ? 0 : 1;
}

export { load_ as load };
