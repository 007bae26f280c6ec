/**
 * Lucas-Lehmer: s = 4, then p - 2 times s = s * s - 2 modulo 2^p - 1; for an odd prime p the number 2^p - 1 is prime exactly
 * when s is 0 at the end (Lehmer 1930). A unit is one of these squarings.
 *
 * State, in u32 words: header 0-3, exponent 4, digits 5, two of padding, then s in digits of 32 bits, the lowest first, padded
 * to whole pairs. s is always below 2^p - 1, so equal numbers are equal bytes on every backend.
 */
import { fileLength, filePointer, release } from "../../../worker/kernels/lib/files";
import { Output } from "../../../worker/kernels/lib/output";
import {
  createState,
  packed,
  progress,
  restoreState,
  setUnitsDone,
  unitsDone,
  unitsForStep,
} from "../../../worker/kernels/lib/state";
import { integerOf, NO_INTEGER } from "../../../worker/kernels/lib/text";

export { alloc } from "../../../worker/kernels/lib/files";

const ERROR_EXPONENT: i32 = 2;

const MOST_EXPONENT: i64 = 132049;
const AT_EXPONENT: u32 = 4;
const AT_DIGITS: u32 = 5;
const AT_S: u32 = 8;

let state: usize = 0;
let stateBytes: u32 = 0;
let exponent: u32 = 0;
let digits: u32 = 0;
let s: usize = 0;
/** s * s, twice as long. */
let square: usize = 0;
let written: Output | null = null;

function digit(at: usize, index: u32): u64 {
  return <u64>load<u32>(at + (<usize>index << 2));
}

function setDigit(at: usize, index: u32, value: u64): void {
  store<u32>(at + (<usize>index << 2), <u32>value);
}

export function init(files: i32, table: usize): i32 {
  const p = integerOf(filePointer(table, 0), fileLength(table, 0), "exponent", 3, MOST_EXPONENT);
  if (p == NO_INTEGER || (p & 1) == 0) return ERROR_EXPONENT;
  exponent = <u32>p;
  digits = (exponent + 31) / 32;
  stateBytes = 4 * (AT_S + ((digits + 1) & ~1));
  state = createState(stateBytes, exponent - 2);
  store<u32>(state + 4 * AT_EXPONENT, exponent);
  store<u32>(state + 4 * AT_DIGITS, digits);
  s = state + 4 * AT_S;
  setDigit(s, 0, 4);
  square = heap.alloc(<usize>(8 * digits));
  written = new Output(16);
  return 0;
}

export function step(budget: u32): f64 {
  const from = unitsDone(state);
  const to = from + unitsForStep(state, budget);
  for (let unit = from; unit < to; unit++) {
    squareS();
    fold();
    subtractTwo();
  }
  setUnitsDone(state, to);
  return progress(state);
}

/** Schoolbook; the largest intermediate value is (2^32-1)^2 + 2 * (2^32-1) = 2^64 - 1. */
function squareS(): void {
  memory.fill(square, 0, <usize>(8 * digits));
  for (let i: u32 = 0; i < digits; i++) {
    const factor = digit(s, i);
    let carry: u64 = 0;
    for (let j: u32 = 0; j < digits; j++) {
      const sum = digit(square, i + j) + factor * digit(s, j) + carry;
      setDigit(square, i + j, sum);
      carry = sum >> 32;
    }
    setDigit(square, i + digits, carry);
  }
}

/** s = square modulo 2^p - 1: what lies above bit p is added to what lies below, as 2^p is 1. */
function fold(): void {
  const shift = exponent & 31;
  const first = exponent >> 5;
  const top: u64 = (<u64>1 << shift) - 1;
  let carry: u64 = 0;
  for (let i: u32 = 0; i < digits; i++) {
    const low = i < digits - 1 ? digit(square, i) : digit(square, i) & top;
    const from = first + i;
    const here = from < 2 * digits ? digit(square, from) : 0;
    const above = from + 1 < 2 * digits ? digit(square, from + 1) : 0;
    const high = ((here | (above << 32)) >> shift) & 0xffffffff;
    const sum = low + high + carry;
    setDigit(s, i, sum);
    carry = sum >> 32;
  }
  // p is odd, so the top digit has room: what went over bit p is there, and comes back at bit 0.
  addAtZero(takeOver(top, shift));
  if (isModulus(top)) memory.fill(s, 0, <usize>(4 * digits));
}

function takeOver(top: u64, shift: u32): u64 {
  const last = digit(s, digits - 1);
  setDigit(s, digits - 1, last & top);
  return last >> shift;
}

function addAtZero(value: u64): void {
  let carry = value;
  for (let i: u32 = 0; i < digits && carry != 0; i++) {
    const sum = digit(s, i) + carry;
    setDigit(s, i, sum);
    carry = sum >> 32;
  }
}

function isModulus(top: u64): bool {
  for (let i: u32 = 0; i < digits - 1; i++) if (digit(s, i) != 0xffffffff) return false;
  return digit(s, digits - 1) == top;
}

/** Below 2, 2^p - 1 is added: -2 is 2^p - 3, -1 is 2^p - 2. */
function subtractTwo(): void {
  let isSmall = digit(s, 0) < 2;
  for (let i: u32 = 1; i < digits && isSmall; i++) isSmall = digit(s, i) == 0;
  if (isSmall) {
    const low = 0xffffffff - 2 + digit(s, 0);
    for (let i: u32 = 1; i < digits; i++) setDigit(s, i, 0xffffffff);
    setDigit(s, 0, low);
    const top: u64 = (<u64>1 << (exponent & 31)) - 1;
    setDigit(s, digits - 1, digit(s, digits - 1) & top);
    return;
  }
  let borrow: u64 = 2;
  for (let i: u32 = 0; i < digits && borrow != 0; i++) {
    const now = digit(s, i);
    setDigit(s, i, now - borrow);
    borrow = now < borrow ? 1 : 0;
  }
}

function isPrime(n: u32): bool {
  for (let divisor: u32 = 3; divisor * divisor <= n; divisor += 2) if (n % divisor == 0) return false;
  return n > 2 && (n & 1) == 1;
}

export function output(): u64 {
  let isZero = true;
  for (let i: u32 = 0; i < digits && isZero; i++) isZero = digit(s, i) == 0;
  const out = written!;
  out.clear();
  out.u32(exponent);
  out.u32(isZero && isPrime(exponent) ? 1 : 0);
  out.u32(<u32>digit(s, 0));
  out.u32(digits > 1 ? <u32>digit(s, 1) : 0);
  return packed(out.start, out.length);
}

export function save(): u64 {
  return packed(state, stateBytes);
}

function load_(pointer: usize, length: u32): i32 {
  const same = length == stateBytes && load<u32>(pointer + 4 * AT_EXPONENT) == exponent;
  const ok = same && restoreState(state, stateBytes, pointer, length);
  release(pointer);
  return ok ? 0 : 1;
}

export { load_ as load };
