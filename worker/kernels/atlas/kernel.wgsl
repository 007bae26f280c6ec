// z <- z^2 + c in Q8.120 on 32-bit integers, on the state of layout.ts. A number is ten limbs of 12 bits, lowest first, the
// highest signed and as wide as it needs: 120 fraction bits are ten limbs exactly, so the floor of a product is its
// columns 10 to 18 plus the carry out of columns 0 to 9. A column sums at most ten products of 24 bits. Arithmetic shifts
// carry towards minus infinity, as the definition wants. The loop is written out because an indexed array would leave the
// registers.

struct Params { start: u32, count: u32, pad0: u32, pad1: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
// One word: does any pixel still go?
@group(0) @binding(2) var<storage, read_write> going: array<atomic<u32>, 4>;

const STATUS = 2u;
const WIDTH = 4u;
const MAX_ITERATIONS = 6u;
const PER_UNIT = 7u;
const LEFT = 8u;
const TOP = 12u;
const STEP = 16u;
const PIXELS = 20u;
const PLANES_AT = 24u;
const FINISHED = 0x80000000u;
const DONE_EARLY = 1u;
const BAND_PIXELS = 16384u;

const MASK = 4095;
// |zx| + |zy| above 2.829 (4096 = 1) means |z|^2 > 4; below, no column overflows.
const NEAR = 11588;
// 4 in the highest limb.
const FOUR = 16384;

alias Limbs = array<i32, 10>;

// 128 bits in two's complement, lowest word first.
fn to_limbs(words: array<u32, 4>) -> Limbs {
  var bits = words;
  var limbs: Limbs;
  for (var i = 0u; i < 9u; i++) {
    let word = (12u * i) >> 5u;
    let shift = (12u * i) & 31u;
    var limb = bits[word] >> shift;
    if (shift > 20u) { limb |= bits[word + 1u] << (32u - shift); }
    limbs[i] = i32(limb & 4095u);
  }
  limbs[9] = i32(bits[3]) >> 12u;
  return limbs;
}

fn to_words(limbs: Limbs) -> array<u32, 4> {
  var from_limbs = limbs;
  var words = array<u32, 4>(0u, 0u, 0u, 0u);
  for (var i = 0u; i < 10u; i++) {
    let word = (12u * i) >> 5u;
    let shift = (12u * i) & 31u;
    words[word] |= u32(from_limbs[i]) << shift;
    if (shift > 20u) { words[word + 1u] |= u32(from_limbs[i]) >> (32u - shift); }
  }
  return words;
}

fn load_words(at: u32, stride: u32) -> array<u32, 4> {
  return array<u32, 4>(state[at], state[at + stride], state[at + 2u * stride], state[at + 3u * stride]);
}

fn store_words(at: u32, stride: u32, words: array<u32, 4>) {
  state[at] = words[0];
  state[at + stride] = words[1];
  state[at + 2u * stride] = words[2];
  state[at + 3u * stride] = words[3];
}

// origin + times * STEP, or origin - times * STEP, modulo 2^128. In 16-bit halves: times < 2^13.
fn stepped(origin: u32, times: u32, negative: bool) -> array<u32, 4> {
  var words = array<u32, 4>(0u, 0u, 0u, 0u);
  var carry = 0;
  for (var i = 0u; i < 8u; i++) {
    let shift = (i & 1u) * 16u;
    let product = i32(((state[STEP + (i >> 1u)] >> shift) & 0xffffu) * times);
    let sum = carry + i32((state[origin + (i >> 1u)] >> shift) & 0xffffu) + select(product, -product, negative);
    words[i >> 1u] |= (u32(sum) & 0xffffu) << shift;
    carry = sum >> 16u;
  }
  return words;
}

@compute @workgroup_size(1)
fn clear() {
  atomicStore(&going[0], 0u);
}

@compute @workgroup_size(1)
fn finish() {
  if (atomicLoad(&going[0]) == 0u) { state[STATUS] = DONE_EARLY; }
}

@compute @workgroup_size(64)
fn iterate(@builtin(global_invocation_id) id: vec3u) {
  let pixel = id.x;
  let pixels = state[PIXELS];
  if (pixel >= pixels) { return; }
  let count = state[PLANES_AT + pixel];
  if ((count & FINISHED) != 0u) { return; }
  let most = state[MAX_ITERATIONS];
  // Units take the bands of a large tile in turn.
  let bands = (pixels + BAND_PIXELS - 1u) / BAND_PIXELS;
  let rounds = (params.start + params.count + bands - 1u - pixel / BAND_PIXELS) / bands;
  let end = min(rounds * state[PER_UNIT], most);
  let result = iterate_pixel(PLANES_AT + pixel, pixels, count, end);
  state[PLANES_AT + pixel] = select(result, result | FINISHED, result == most);
  if ((result & FINISHED) == 0u && result < most) { atomicStore(&going[0], 1u); }
}

// Leaves zeros, so that a state does not show in which dispatches it was computed.
fn escaped(at: u32, pixels: u32, n: u32) -> u32 {
  let zero = array<u32, 4>(0u, 0u, 0u, 0u);
  store_words(at + pixels, pixels, zero);
  store_words(at + 5u * pixels, pixels, zero);
  return n | FINISHED;
}

// Returns the iterations, with FINISHED when the pixel escaped; stores z.
fn iterate_pixel(at: u32, pixels: u32, done: u32, end: u32) -> u32 {
  let pixel = at - PLANES_AT;
  let width = state[WIDTH];
  let cx = to_limbs(stepped(LEFT, pixel % width, false));
  let cy = to_limbs(stepped(TOP, pixel / width, true));
  let zx = to_limbs(load_words(at + pixels, pixels));
  let zy = to_limbs(load_words(at + 5u * pixels, pixels));
  var x0 = zx[0]; var x1 = zx[1]; var x2 = zx[2]; var x3 = zx[3]; var x4 = zx[4];
  var x5 = zx[5]; var x6 = zx[6]; var x7 = zx[7]; var x8 = zx[8]; var x9 = zx[9];
  var y0 = zy[0]; var y1 = zy[1]; var y2 = zy[2]; var y3 = zy[3]; var y4 = zy[4];
  var y5 = zy[5]; var y6 = zy[6]; var y7 = zy[7]; var y8 = zy[8]; var y9 = zy[9];
  let cx0 = cx[0]; let cx1 = cx[1]; let cx2 = cx[2]; let cx3 = cx[3]; let cx4 = cx[4];
  let cx5 = cx[5]; let cx6 = cx[6]; let cx7 = cx[7]; let cx8 = cx[8]; let cx9 = cx[9];
  let cy0 = cy[0]; let cy1 = cy[1]; let cy2 = cy[2]; let cy3 = cy[3]; let cy4 = cy[4];
  let cy5 = cy[5]; let cy6 = cy[6]; let cy7 = cy[7]; let cy8 = cy[8]; let cy9 = cy[9];
  var n = done;
  for (; n < end; n++) {
    if ((x9 ^ (x9 >> 31u)) + (y9 ^ (y9 >> 31u)) > NEAR) { return escaped(at, pixels, n); }

    // zx * zx
    var carry = x0 * x0;
    carry = (carry >> 12u) + 2 * x0 * x1;
    carry = (carry >> 12u) + 2 * x0 * x2 + x1 * x1;
    carry = (carry >> 12u) + 2 * (x0 * x3 + x1 * x2);
    carry = (carry >> 12u) + 2 * (x0 * x4 + x1 * x3) + x2 * x2;
    carry = (carry >> 12u) + 2 * (x0 * x5 + x1 * x4 + x2 * x3);
    carry = (carry >> 12u) + 2 * (x0 * x6 + x1 * x5 + x2 * x4) + x3 * x3;
    carry = (carry >> 12u) + 2 * (x0 * x7 + x1 * x6 + x2 * x5 + x3 * x4);
    carry = (carry >> 12u) + 2 * (x0 * x8 + x1 * x7 + x2 * x6 + x3 * x5) + x4 * x4;
    carry = (carry >> 12u) + 2 * (x0 * x9 + x1 * x8 + x2 * x7 + x3 * x6 + x4 * x5);
    let a10 = (carry >> 12u) + 2 * (x1 * x9 + x2 * x8 + x3 * x7 + x4 * x6) + x5 * x5;
    let a11 = 2 * (x2 * x9 + x3 * x8 + x4 * x7 + x5 * x6);
    let a12 = 2 * (x3 * x9 + x4 * x8 + x5 * x7) + x6 * x6;
    let a13 = 2 * (x4 * x9 + x5 * x8 + x6 * x7);
    let a14 = 2 * (x5 * x9 + x6 * x8) + x7 * x7;
    let a15 = 2 * (x6 * x9 + x7 * x8);
    let a16 = 2 * x7 * x9 + x8 * x8;
    let a17 = 2 * x8 * x9;
    let a18 = x9 * x9;

    // zy * zy
    carry = y0 * y0;
    carry = (carry >> 12u) + 2 * y0 * y1;
    carry = (carry >> 12u) + 2 * y0 * y2 + y1 * y1;
    carry = (carry >> 12u) + 2 * (y0 * y3 + y1 * y2);
    carry = (carry >> 12u) + 2 * (y0 * y4 + y1 * y3) + y2 * y2;
    carry = (carry >> 12u) + 2 * (y0 * y5 + y1 * y4 + y2 * y3);
    carry = (carry >> 12u) + 2 * (y0 * y6 + y1 * y5 + y2 * y4) + y3 * y3;
    carry = (carry >> 12u) + 2 * (y0 * y7 + y1 * y6 + y2 * y5 + y3 * y4);
    carry = (carry >> 12u) + 2 * (y0 * y8 + y1 * y7 + y2 * y6 + y3 * y5) + y4 * y4;
    carry = (carry >> 12u) + 2 * (y0 * y9 + y1 * y8 + y2 * y7 + y3 * y6 + y4 * y5);
    let b10 = (carry >> 12u) + 2 * (y1 * y9 + y2 * y8 + y3 * y7 + y4 * y6) + y5 * y5;
    let b11 = 2 * (y2 * y9 + y3 * y8 + y4 * y7 + y5 * y6);
    let b12 = 2 * (y3 * y9 + y4 * y8 + y5 * y7) + y6 * y6;
    let b13 = 2 * (y4 * y9 + y5 * y8 + y6 * y7);
    let b14 = 2 * (y5 * y9 + y6 * y8) + y7 * y7;
    let b15 = 2 * (y6 * y9 + y7 * y8);
    let b16 = 2 * y7 * y9 + y8 * y8;
    let b17 = 2 * y8 * y9;
    let b18 = y9 * y9;

    // zx * zx + zy * zy > 4, with all limbs
    var sum = a10 + b10;
    var rest = sum;
    sum = (sum >> 12u) + a11 + b11; rest |= sum;
    sum = (sum >> 12u) + a12 + b12; rest |= sum;
    sum = (sum >> 12u) + a13 + b13; rest |= sum;
    sum = (sum >> 12u) + a14 + b14; rest |= sum;
    sum = (sum >> 12u) + a15 + b15; rest |= sum;
    sum = (sum >> 12u) + a16 + b16; rest |= sum;
    sum = (sum >> 12u) + a17 + b17; rest |= sum;
    sum = (sum >> 12u) + a18 + b18; rest |= sum;
    sum = sum >> 12u;
    if (sum > FOUR || (sum == FOUR && (rest & MASK) != 0)) { return escaped(at, pixels, n); }

    // zx * zy
    carry = x0 * y0;
    carry = (carry >> 12u) + x0 * y1 + x1 * y0;
    carry = (carry >> 12u) + x0 * y2 + x1 * y1 + x2 * y0;
    carry = (carry >> 12u) + x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0;
    carry = (carry >> 12u) + x0 * y4 + x1 * y3 + x2 * y2 + x3 * y1 + x4 * y0;
    carry = (carry >> 12u) + x0 * y5 + x1 * y4 + x2 * y3 + x3 * y2 + x4 * y1 + x5 * y0;
    carry = (carry >> 12u) + x0 * y6 + x1 * y5 + x2 * y4 + x3 * y3 + x4 * y2 + x5 * y1 + x6 * y0;
    carry = (carry >> 12u) + x0 * y7 + x1 * y6 + x2 * y5 + x3 * y4 + x4 * y3 + x5 * y2 + x6 * y1 + x7 * y0;
    carry = (carry >> 12u) + x0 * y8 + x1 * y7 + x2 * y6 + x3 * y5 + x4 * y4 + x5 * y3 + x6 * y2 + x7 * y1 + x8 * y0;
    carry = (carry >> 12u) + x0 * y9 + x1 * y8 + x2 * y7 + x3 * y6 + x4 * y5 + x5 * y4 + x6 * y3 + x7 * y2 + x8 * y1 + x9 * y0;
    let t10 = (carry >> 12u) + x1 * y9 + x2 * y8 + x3 * y7 + x4 * y6 + x5 * y5 + x6 * y4 + x7 * y3 + x8 * y2 + x9 * y1;
    let t11 = x2 * y9 + x3 * y8 + x4 * y7 + x5 * y6 + x6 * y5 + x7 * y4 + x8 * y3 + x9 * y2;
    let t12 = x3 * y9 + x4 * y8 + x5 * y7 + x6 * y6 + x7 * y5 + x8 * y4 + x9 * y3;
    let t13 = x4 * y9 + x5 * y8 + x6 * y7 + x7 * y6 + x8 * y5 + x9 * y4;
    let t14 = x5 * y9 + x6 * y8 + x7 * y7 + x8 * y6 + x9 * y5;
    let t15 = x6 * y9 + x7 * y8 + x8 * y7 + x9 * y6;
    let t16 = x7 * y9 + x8 * y8 + x9 * y7;
    let t17 = x8 * y9 + x9 * y8;
    let t18 = x9 * y9;

    carry = a10 - b10 + cx0; x0 = carry & MASK;
    carry = (carry >> 12u) + a11 - b11 + cx1; x1 = carry & MASK;
    carry = (carry >> 12u) + a12 - b12 + cx2; x2 = carry & MASK;
    carry = (carry >> 12u) + a13 - b13 + cx3; x3 = carry & MASK;
    carry = (carry >> 12u) + a14 - b14 + cx4; x4 = carry & MASK;
    carry = (carry >> 12u) + a15 - b15 + cx5; x5 = carry & MASK;
    carry = (carry >> 12u) + a16 - b16 + cx6; x6 = carry & MASK;
    carry = (carry >> 12u) + a17 - b17 + cx7; x7 = carry & MASK;
    carry = (carry >> 12u) + a18 - b18 + cx8; x8 = carry & MASK;
    x9 = (carry >> 12u) + cx9;
    carry = 2 * t10 + cy0; y0 = carry & MASK;
    carry = (carry >> 12u) + 2 * t11 + cy1; y1 = carry & MASK;
    carry = (carry >> 12u) + 2 * t12 + cy2; y2 = carry & MASK;
    carry = (carry >> 12u) + 2 * t13 + cy3; y3 = carry & MASK;
    carry = (carry >> 12u) + 2 * t14 + cy4; y4 = carry & MASK;
    carry = (carry >> 12u) + 2 * t15 + cy5; y5 = carry & MASK;
    carry = (carry >> 12u) + 2 * t16 + cy6; y6 = carry & MASK;
    carry = (carry >> 12u) + 2 * t17 + cy7; y7 = carry & MASK;
    carry = (carry >> 12u) + 2 * t18 + cy8; y8 = carry & MASK;
    y9 = (carry >> 12u) + cy9;
  }
  store_words(at + pixels, pixels, to_words(Limbs(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9)));
  store_words(at + 5u * pixels, pixels, to_words(Limbs(y0, y1, y2, y3, y4, y5, y6, y7, y8, y9)));
  return n;
}
