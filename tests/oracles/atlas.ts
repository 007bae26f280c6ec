/**
 * Mandelbrot iteration counts in Q8.120 fixed point, with BigInt: an independent reference for the atlas kernels.
 *
 * How the text of the task is read here:
 * - A coordinate is a 128-bit two's complement integer in units of 2^-120; `left`, `top`, `step` are 32 hex digits, and
 *   cx = left + col*step, cy = top - row*step wrap at 128 bits.
 * - Products are exact and then rounded toward minus infinity to a multiple of 2^-120. The escape test compares the exact
 *   sum of the two rounded squares with 4; it never wraps, although the squares of a far point do not fit in Q8.120.
 * - Before a point escapes both squares are at most 4, so the sums of an update stay within 8 of c; whether such a sum
 *   wraps changes nothing, because then |c| > 100 and the next test stops either way. It wraps here, as in the kernels.
 */

const FRACTION_BITS = 120n;
const FOUR = 4n << FRACTION_BITS;
const KEYS = ["left", "top", "step", "width", "height", "max_iterations"] as const;

/**
 * Computes the tile that `input` describes: for every pixel, row by row, the number of updates before the escape, as u32
 * little-endian.
 * @throws Error when the input does not have the agreed form
 */
export function atlasOracle(input: string): Uint8Array {
  const values = parseInput(input);
  const left = fixedPoint(values.left);
  const top = fixedPoint(values.top);
  const step = fixedPoint(values.step);
  const width = count(values.width);
  const height = count(values.height);
  const maxIterations = count(values.max_iterations);
  const output = new Uint8Array(width * height * 4);
  const view = new DataView(output.buffer);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const cx = BigInt.asIntN(128, left + BigInt(col) * step);
      const cy = BigInt.asIntN(128, top - BigInt(row) * step);
      view.setUint32((row * width + col) * 4, iterations(cx, cy, maxIterations), true);
    }
  }
  return output;
}

/** Number of updates of z = z*z + c (from z = 0) before |z|^2 > 4, at most `maxIterations`; cx, cy in units of 2^-120. */
export function iterations(cx: bigint, cy: bigint, maxIterations: number): number {
  let zx = 0n;
  let zy = 0n;
  let n = 0;
  while (n < maxIterations) {
    const a = floorProduct(zx, zx);
    const b = floorProduct(zy, zy);
    if (a + b > FOUR) break;
    const t = floorProduct(zx, zy);
    zx = BigInt.asIntN(128, a - b + cx);
    zy = BigInt.asIntN(128, 2n * t + cy);
    n += 1;
  }
  return n;
}

/** a*b in units of 2^-120. BigInt's right shift rounds toward minus infinity, which is the rounding wanted. */
export function floorProduct(a: bigint, b: bigint): bigint {
  return (a * b) >> FRACTION_BITS;
}

function parseInput(input: string): Record<(typeof KEYS)[number], string> {
  const values: Partial<Record<string, string>> = {};
  for (const line of input.split("\n").map((text) => text.trim())) {
    if (line === "") continue;
    const [key = "", value = ""] = line.split("=");
    if (!(KEYS as readonly string[]).includes(key) || values[key] !== undefined)
      throw new Error(`not expected: ${line}`);
    values[key] = value;
  }
  for (const key of KEYS) if (values[key] === undefined) throw new Error(`${key} is missing`);
  return values as Record<(typeof KEYS)[number], string>;
}

function fixedPoint(hex: string): bigint {
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) throw new Error(`not 32 hex digits: ${hex}`);
  return BigInt.asIntN(128, BigInt(`0x${hex}`));
}

function count(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff) throw new Error(`not a u32: ${text}`);
  return Number(text);
}
