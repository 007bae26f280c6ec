/** Mandelbrot tiles in Q8.120 fixed point; see README.md. */

import { fileLength, filePointer, release } from "../lib/files";
import {
  createState,
  packed,
  progress,
  restoreState,
  setStatus,
  setUnitsDone,
  STATUS_DONE_EARLY,
  STATUS_RUNNING,
  status,
  unitsDone,
  unitsForStep,
} from "../lib/state";
import { integerOf, NO_INTEGER, valueOf } from "../lib/text";
import { iterate, Point } from "./iterate";
import {
  BAND_BITS,
  BAND_PIXELS,
  bandsOf,
  ERROR_CHECKPOINT,
  ERROR_COORDINATE,
  ERROR_FILES,
  ERROR_ITERATIONS,
  ERROR_SIZE,
  FINISHED,
  HEIGHT,
  iterationsOf,
  LEFT,
  MAX_ITERATIONS,
  MAX_PIXELS,
  MAX_SIDE,
  MOST_ITERATIONS,
  PER_UNIT,
  PIXELS,
  PLANES,
  PLANES_AT,
  STEP,
  TOP,
  WIDTH,
} from "./layout";

export { alloc } from "../lib/files";

let state: usize = 0;
let stateBytes: u32 = 0;
let counts: usize = 0;

// @ts-ignore: decorator
@inline
function at(index: u32): usize {
  return state + (<usize>index << 2);
}

export function init(files: i32, table: usize): i32 {
  if (files != 1) return ERROR_FILES;
  const input = filePointer(table, 0);
  const length = fileLength(table, 0);
  const width = integerOf(input, length, "width", 1, MAX_SIDE);
  const height = integerOf(input, length, "height", 1, MAX_SIDE);
  if (width == NO_INTEGER || height == NO_INTEGER || <u32>(width * height) > MAX_PIXELS) return ERROR_SIZE;
  const most = integerOf(input, length, "max_iterations", 1, MOST_ITERATIONS);
  if (most == NO_INTEGER) return ERROR_ITERATIONS;

  const pixels = <u32>(width * height);
  const perUnit = min<u32>(max<u32>(BAND_PIXELS / pixels, 1), <u32>most);
  stateBytes = (PLANES_AT + PLANES * pixels) << 2;
  state = createState(stateBytes, ((<u32>most + perUnit - 1) / perUnit) * bandsOf(pixels));
  counts = at(PLANES_AT);
  store<u32>(at(WIDTH), <u32>width);
  store<u32>(at(HEIGHT), <u32>height);
  store<u32>(at(MAX_ITERATIONS), <u32>most);
  store<u32>(at(PER_UNIT), perUnit);
  store<u32>(at(PIXELS), pixels);
  const fine =
    readCoordinate(input, length, "left", LEFT) &&
    readCoordinate(input, length, "top", TOP) &&
    readCoordinate(input, length, "step", STEP);
  return fine ? 0 : ERROR_COORDINATE;
}

/** 32 hexadecimal digits, highest first, into four words of the state. */
function readCoordinate(input: usize, length: u32, key: string, to: u32): bool {
  const value = valueOf(input, length, key);
  if (value === null || value.end - value.at != 32) return false;
  for (let word: u32 = 4; word > 0; word--) {
    let bits: u32 = 0;
    for (let digit = 0; digit < 8; digit++) {
      const nibble = hexadecimal(load<u8>(value.at++));
      if (nibble < 0) return false;
      bits = (bits << 4) | <u32>nibble;
    }
    store<u32>(at(to + word - 1), bits);
  }
  return true;
}

function hexadecimal(byte: u8): i32 {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

export function step(budget: u32): f64 {
  const units = unitsForStep(state, budget);
  if (units > 0) {
    const done = unitsDone(state) + units;
    const active = advance(done);
    setUnitsDone(state, done);
    if (active == 0) setStatus(state, STATUS_DONE_EARLY);
  }
  return progress(state);
}

const cx = new Point();
const cy = new Point();

/** Takes every pixel that is still going to where it has to be after `done` units. Returns how many still go. */
function advance(done: u32): u32 {
  const width = load<u32>(at(WIDTH));
  const pixels = load<u32>(at(PIXELS));
  const bands = bandsOf(pixels);
  const most = load<u32>(at(MAX_ITERATIONS));
  const stepLow = load<u64>(at(STEP));
  const stepHigh = load<u64>(at(STEP + 2));
  const left = load<u64>(at(LEFT));
  const leftHigh = load<u64>(at(LEFT + 2));
  let low = left;
  let high = leftHigh;
  let yLow = load<u64>(at(TOP));
  let yHigh = load<u64>(at(TOP + 2));
  let active: u32 = 0;
  let column: u32 = 0;
  let end: u32 = 0;
  for (let pixel: u32 = 0; pixel < pixels; pixel++) {
    if ((pixel & (BAND_PIXELS - 1)) == 0) {
      end = iterationsOf(done, pixel >> BAND_BITS, bands, load<u32>(at(PER_UNIT)), most);
    }
    const count = counts + (<usize>pixel << 2);
    const n = load<u32>(count);
    if ((n & FINISHED) == 0) {
      if (n < end) {
        cx.set(low, high);
        cy.set(yLow, yHigh);
        iterate(count, pixels, cx, cy, n, end);
        if (end == most) store<u32>(count, load<u32>(count) | FINISHED);
      }
      if ((load<u32>(count) & FINISHED) == 0) active++;
    }
    low += stepLow;
    high += stepHigh + (low < stepLow ? 1 : 0);
    if (++column == width) {
      column = 0;
      low = left;
      high = leftHigh;
      yHigh -= stepHigh + (yLow < stepLow ? 1 : 0);
      yLow -= stepLow;
    }
  }
  return active;
}

let result: usize = 0;

export function output(): u64 {
  const pixels = load<u32>(at(PIXELS));
  if (result == 0) result = heap.alloc(<usize>pixels << 2);
  for (let pixel: usize = 0; pixel < <usize>pixels; pixel++) {
    store<u32>(result + (pixel << 2), load<u32>(counts + (pixel << 2)) & ~FINISHED);
  }
  return packed(result, pixels << 2);
}

export function save(): u64 {
  return packed(state, stateBytes);
}

/** Refuses what is not a state of this very tile. */
function restore(pointer: usize, length: u32): i32 {
  const fine = length == stateBytes && sameTile(pointer) && restoreState(state, stateBytes, pointer, length);
  release(pointer);
  return fine ? 0 : ERROR_CHECKPOINT;
}

function sameTile(saved: usize): bool {
  const fixed = 16;
  if (memory.compare(saved + fixed, state + fixed, (<usize>PLANES_AT << 2) - fixed) != 0) return false;
  const early = status(saved);
  if (early != STATUS_RUNNING && early != STATUS_DONE_EARLY) return false;
  const most = load<u32>(at(MAX_ITERATIONS));
  const pixels = load<u32>(at(PIXELS));
  let reached: u32 = 0;
  for (let pixel: u32 = 0; pixel < pixels; pixel++) {
    if ((pixel & (BAND_PIXELS - 1)) == 0) {
      reached = iterationsOf(unitsDone(saved), pixel >> BAND_BITS, bandsOf(pixels), load<u32>(at(PER_UNIT)), most);
    }
    const count = load<u32>(saved + (<usize>(PLANES_AT + pixel) << 2));
    const iterations = count & ~FINISHED;
    if (iterations > reached) return false;
    const going = (count & FINISHED) == 0;
    if (going && (iterations != reached || early == STATUS_DONE_EARLY || reached == most)) return false;
  }
  return true;
}

export { restore as load };
