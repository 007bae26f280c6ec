/**
 * z <- z^2 + c in Q8.120 on 64-bit arithmetic. A number is x0 + x1 * 2^30 + x2 * 2^60 + x3 * 2^90 with 0 <= x0, x1, x2 <
 * 2^30 and a signed x3: 120 fraction bits are four limbs exactly, so the floor of a product is its columns 4 to 6 plus
 * the carry out of columns 0 to 3. Arithmetic shifts carry towards minus infinity, as the definition wants.
 */

import { FINISHED } from "./layout";

const MASK: i64 = (1 << 30) - 1;
/** |zx| + |zy| above 2.82889 (2^30 = 1) means |z|^2 > 4; below, every column sum fits in 64 bits. */
const NEAR: i64 = 3_037_500_000;
/** 4 at the weight of column 6. */
const FOUR: u64 = 1 << 62;

/** c of the pixel at hand, as limbs. */
export class Point {
  l0: i64 = 0;
  l1: i64 = 0;
  l2: i64 = 0;
  l3: i64 = 0;

  /** From 128 bits in two's complement. */
  set(low: u64, high: u64): void {
    this.l0 = <i64>low & MASK;
    this.l1 = <i64>(low >> 30) & MASK;
    this.l2 = <i64>((low >> 60) | (high << 4)) & MASK;
    this.l3 = <i64>high >> 26;
  }
}

const z = new Point();

// @ts-ignore: decorator
@inline
function word(at: usize, plane: u32): u64 {
  return <u64>load<u32>(at + (<usize>plane << 2));
}

/**
 * Iterates one pixel from `n` to at most `end` iterations. `count` is the address of its COUNT, `stride` the number of
 * words between planes. Stores z and COUNT; when it escaped FINISHED is set and z is 0.
 */
export function iterate(count: usize, stride: u32, cx: Point, cy: Point, n: u32, end: u32): void {
  z.set(word(count, stride) | (word(count, 2 * stride) << 32), word(count, 3 * stride) | (word(count, 4 * stride) << 32));
  let x0 = z.l0;
  let x1 = z.l1;
  let x2 = z.l2;
  let x3 = z.l3;
  z.set(
    word(count, 5 * stride) | (word(count, 6 * stride) << 32),
    word(count, 7 * stride) | (word(count, 8 * stride) << 32),
  );
  let y0 = z.l0;
  let y1 = z.l1;
  let y2 = z.l2;
  let y3 = z.l3;
  const cx0 = cx.l0;
  const cx1 = cx.l1;
  const cx2 = cx.l2;
  const cx3 = cx.l3;
  const cy0 = cy.l0;
  const cy1 = cy.l1;
  const cy2 = cy.l2;
  const cy3 = cy.l3;

  let escaped = false;
  for (; n < end; n++) {
    if ((x3 ^ (x3 >> 63)) + (y3 ^ (y3 >> 63)) > NEAR) {
      escaped = true;
      break;
    }
    // a = zx * zx, b = zy * zy: columns 4, 5, 6
    let carry = ((x0 * x0) >> 30) + ((x0 * x1) << 1);
    carry = (carry >> 30) + ((x0 * x2) << 1) + x1 * x1;
    carry = (carry >> 30) + ((x0 * x3 + x1 * x2) << 1);
    const a4 = (carry >> 30) + ((x1 * x3) << 1) + x2 * x2;
    const a5 = (x2 * x3) << 1;
    const a6 = x3 * x3;
    carry = ((y0 * y0) >> 30) + ((y0 * y1) << 1);
    carry = (carry >> 30) + ((y0 * y2) << 1) + y1 * y1;
    carry = (carry >> 30) + ((y0 * y3 + y1 * y2) << 1);
    const b4 = (carry >> 30) + ((y1 * y3) << 1) + y2 * y2;
    const b5 = (y2 * y3) << 1;
    const b6 = y3 * y3;
    // The sum without its lowest limbs is less than 2 too small: only near 4 does it have to be looked at exactly.
    const high = (((a4 >> 30) + (b4 >> 30) + a5 + b5) >> 30) + a6 + b6;
    if (<u64>(high + 2) > FOUR && exceedsFour(a4, a5, a6, b4, b5, b6)) {
      escaped = true;
      break;
    }
    // t = zx * zy
    carry = ((x0 * y0) >> 30) + x0 * y1 + x1 * y0;
    carry = (carry >> 30) + x0 * y2 + x1 * y1 + x2 * y0;
    carry = (carry >> 30) + x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0;
    const t4 = (carry >> 30) + x1 * y3 + x2 * y2 + x3 * y1;
    const t5 = x2 * y3 + x3 * y2;
    const t6 = x3 * y3;

    carry = a4 - b4 + cx0;
    x0 = carry & MASK;
    carry = (carry >> 30) + a5 - b5 + cx1;
    x1 = carry & MASK;
    carry = (carry >> 30) + a6 - b6 + cx2;
    x2 = carry & MASK;
    x3 = (carry >> 30) + cx3;

    carry = (t4 << 1) + cy0;
    y0 = carry & MASK;
    carry = (carry >> 30) + (t5 << 1) + cy1;
    y1 = carry & MASK;
    carry = (carry >> 30) + (t6 << 1) + cy2;
    y2 = carry & MASK;
    y3 = (carry >> 30) + cy3;
  }
  store<u32>(count, escaped ? n | FINISHED : n);
  if (escaped) {
    // Zeros, so that a state does not show in which steps it was computed.
    keep(count, stride, 0, 0);
    keep(count + (<usize>(4 * stride) << 2), stride, 0, 0);
    return;
  }
  keep(count, stride, x0 | (x1 << 30) | (x2 << 60), (x2 >> 4) | (x3 << 26));
  keep(count + (<usize>(4 * stride) << 2), stride, y0 | (y1 << 30) | (y2 << 60), (y2 >> 4) | (y3 << 26));
}

/** a + b > 4 with all limbs. */
function exceedsFour(a4: i64, a5: i64, a6: i64, b4: i64, b5: i64, b6: i64): bool {
  const low = (a4 & MASK) + (b4 & MASK);
  const middle = (a4 >> 30) + (b4 >> 30) + (low >> 30) + a5 + b5;
  const top = <u64>((middle >> 30) + a6 + b6);
  return top > FOUR || (top == FOUR && ((low | middle) & MASK) != 0);
}

// @ts-ignore: decorator
@inline
function keep(at: usize, stride: u32, low: i64, high: i64): void {
  const plane = <usize>stride << 2;
  store<u32>(at + plane, <u32>low);
  store<u32>(at + 2 * plane, <u32>(low >> 32));
  store<u32>(at + 3 * plane, <u32>high);
  store<u32>(at + 4 * plane, <u32>(high >> 32));
}
