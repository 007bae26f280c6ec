// Lucas-Lehmer, the same bytes as kernel.ts, by one workgroup: its threads share the columns of the square, one thread
// carries and folds. Digits here have 16 bits, two to a word of the state, because products must fit into 32.

struct Params {
  start: u32,
  count: u32,
  pad0: u32,
  pad1: u32,
}

struct State {
  header: array<u32, 4>,
  exponent: u32,
  digits: u32,
  pad0: u32,
  pad1: u32,
  s: array<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: State;
// Column sums of the square: low and high word of each.
@group(0) @binding(2) var<storage, read_write> columns: array<vec2u>;

const THREADS = 256u;
const MOST_UNITS = 4096u;
const MOST_HALVES = 8256u; // digits of 16 bits of the largest exponent
const MOST_COLUMNS_PER_THREAD = 65u;

var<workgroup> shared_halves: u32;

fn half_at(index: u32) -> u32 {
  return (state.s[index >> 1u] >> ((index & 1u) * 16u)) & 0xffffu;
}

fn set_half(index: u32, value: u32) {
  let shift = (index & 1u) * 16u;
  let word = state.s[index >> 1u];
  state.s[index >> 1u] = (word & ~(0xffffu << shift)) | ((value & 0xffffu) << shift);
}

fn sum_column(column: u32, halves: u32) -> vec2u {
  var low = 0u;
  var high = 0u;
  let first = select(0u, column - (halves - 1u), column >= halves);
  let last = min(column, halves - 1u);
  for (var i = first; i <= last; i++) {
    let product = half_at(i) * half_at(column - i);
    low += product;
    high += select(0u, 1u, low < product);
  }
  return vec2u(low, high);
}

// Column sums to digits: column k ends up as its 16 bits.
fn carry_columns(halves: u32) {
  var carry_low = 0u;
  var carry_high = 0u;
  for (var k = 0u; k < 2u * halves; k++) {
    let column = columns[k];
    let low = column.x + carry_low;
    let high = column.y + carry_high + select(0u, 1u, low < column.x);
    columns[k] = vec2u(low & 0xffffu, 0u);
    carry_low = (low >> 16u) | (high << 16u);
    carry_high = high >> 16u;
  }
}

fn column_digit(index: u32, halves: u32) -> u32 {
  if (index >= 2u * halves) {
    return 0u;
  }
  return columns[index].x;
}

// s = square modulo 2^p - 1. Bits above p are added at bit 0, at most twice.
fn fold(halves: u32) {
  let shift = state.exponent & 15u;
  let first = state.exponent >> 4u;
  let top = (1u << shift) - 1u;
  var carry = 0u;
  for (var i = 0u; i < halves; i++) {
    let low = select(column_digit(i, halves), select(0u, column_digit(i, halves) & top, i == first), i >= first);
    let above = (column_digit(first + i, halves) | (column_digit(first + i + 1u, halves) << 16u)) >> shift;
    let sum = low + (above & 0xffffu) + carry;
    set_half(i, sum);
    carry = sum >> 16u;
  }
  var over = half_at(first) >> shift;
  set_half(first, half_at(first) & top);
  for (var i = 0u; i < halves && over != 0u; i++) {
    let sum = half_at(i) + over;
    set_half(i, sum);
    over = sum >> 16u;
  }
  var is_modulus = half_at(first) == top;
  for (var i = 0u; i < first && is_modulus; i++) {
    is_modulus = half_at(i) == 0xffffu;
  }
  if (is_modulus) {
    for (var i = 0u; i < halves; i++) {
      set_half(i, 0u);
    }
  }
}

fn subtract_two(halves: u32) {
  let shift = state.exponent & 15u;
  let first = state.exponent >> 4u;
  var is_small = half_at(0u) < 2u;
  for (var i = 1u; i < halves && is_small; i++) {
    is_small = half_at(i) == 0u;
  }
  if (is_small) {
    let low = 0xffffu - 2u + half_at(0u);
    for (var i = 1u; i < first; i++) {
      set_half(i, 0xffffu);
    }
    set_half(0u, low);
    let top = (1u << shift) - 1u;
    set_half(first, select(top, half_at(0u) & top, first == 0u));
    return;
  }
  var borrow = 2u;
  for (var i = 0u; i < halves && borrow != 0u; i++) {
    let now = half_at(i);
    set_half(i, now - borrow);
    borrow = select(0u, 1u, now < borrow);
  }
}

@compute @workgroup_size(256)
fn iterate(@builtin(local_invocation_index) thread: u32) {
  if (thread == 0u) {
    shared_halves = min((state.exponent >> 4u) + 1u, MOST_HALVES);
  }
  let halves = workgroupUniformLoad(&shared_halves);
  for (var unit = 0u; unit < min(params.count, MOST_UNITS); unit++) {
    for (var i = 0u; i < MOST_COLUMNS_PER_THREAD; i++) {
      let column = i * THREADS + thread;
      if (column < 2u * halves) {
        columns[column] = sum_column(column, halves);
      }
    }
    storageBarrier();
    workgroupBarrier();
    if (thread == 0u) {
      carry_columns(halves);
      fold(halves);
      subtract_two(halves);
    }
    storageBarrier();
    workgroupBarrier();
  }
}
