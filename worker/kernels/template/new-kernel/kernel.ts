/**
 * Collatz steps, on the processor. Whatever a kernel computes, these six functions are all that is asked of it:
 * alloc, init (the input becomes a state), step (at most `budget` units of work on that state), output, save and load.
 *
 * State, in u32 words: header 0-3, first 4, count 5, two of padding, then one word of steps for every number. A unit is a
 * block of 64 numbers.
 */
import { fileLength, filePointer, release } from "../lib/files";
import { createState, packed, progress, restoreState, setUnitsDone, unitsDone, unitsForStep } from "../lib/state";
import { integerOf, NO_INTEGER } from "../lib/text";

export { alloc } from "../lib/files";

const ERROR_FIRST: i32 = 2;
const ERROR_COUNT: i32 = 3;

const BLOCK: u32 = 64;
const LIMIT: i64 = 100000;
const MOST_COUNT: i64 = 65536;
/** No number below the limit needs more steps; the shader has the same bound. */
const MOST_STEPS: u32 = 512;
const AT_FIRST: u32 = 4;
const AT_COUNT: u32 = 5;
const AT_STEPS: u32 = 8;

let state: usize = 0;
let stateBytes: u32 = 0;

function get(index: u32): u32 {
  return load<u32>(state + <usize>(4 * index));
}

function set(index: u32, value: u32): void {
  store<u32>(state + <usize>(4 * index), value);
}

/** 0, or this kernel's own error code: what it does not understand it must refuse, or replicas could differ. */
export function init(files: i32, table: usize): i32 {
  const input = filePointer(table, 0);
  const length = fileLength(table, 0);
  const first = integerOf(input, length, "first", 1, LIMIT - 1);
  if (first == NO_INTEGER) return ERROR_FIRST;
  const count = integerOf(input, length, "count", 1, MOST_COUNT);
  if (count == NO_INTEGER || first + count > LIMIT) return ERROR_COUNT;
  stateBytes = 4 * (AT_STEPS + <u32>count);
  state = createState(stateBytes, (<u32>count + BLOCK - 1) / BLOCK);
  set(AT_FIRST, <u32>first);
  set(AT_COUNT, <u32>count);
  return 0;
}

/** Must do the same however many calls the work is cut into: everything it needs is in the state. */
export function step(budget: u32): f64 {
  const from = unitsDone(state);
  const to = from + unitsForStep(state, budget);
  for (let unit = from; unit < to; unit++) doUnit(unit);
  setUnitsDone(state, to);
  return progress(state);
}

function doUnit(unit: u32): void {
  const end = min(unit * BLOCK + BLOCK, get(AT_COUNT));
  for (let index = unit * BLOCK; index < end; index++) set(AT_STEPS + index, stepsFrom(get(AT_FIRST) + index));
}

function stepsFrom(start: u32): u32 {
  let number = start;
  let steps: u32 = 0;
  while (number != 1 && steps < MOST_STEPS) {
    number = (number & 1) == 0 ? number >> 1 : 3 * number + 1;
    steps++;
  }
  return steps;
}

export function output(): u64 {
  return packed(state + <usize>(4 * AT_STEPS), 4 * get(AT_COUNT));
}

export function save(): u64 {
  return packed(state, stateBytes);
}

/** Takes what `save` gave, on either backend; refuses what belongs to another input. */
function load_(pointer: usize, length: u32): i32 {
  const same =
    length == stateBytes &&
    load<u32>(pointer + <usize>(4 * AT_FIRST)) == get(AT_FIRST) &&
    load<u32>(pointer + <usize>(4 * AT_COUNT)) == get(AT_COUNT);
  const ok = same && restoreState(state, stateBytes, pointer, length);
  release(pointer);
  return ok ? 0 : 1;
}

export { load_ as load };
