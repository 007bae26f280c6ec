/**
 * The state of atlas (checkpointFormat atlas-1), in u32 words. WGSL declares the same numbers.
 *
 *  0 header: unitsTotal, unitsDone, status, reserved
 *  4 WIDTH, 5 HEIGHT, 6 MAX_ITERATIONS, 7 PER_UNIT (iterations of one unit, for every pixel of its band still going)
 *  8 LEFT, 12 TOP, 16 STEP: Q8.120, four words each, lowest first
 * 20 PIXELS             width * height; also the threads of the WGSL pass
 * 24 planes of PIXELS words each: COUNT, then zx (4 planes, lowest word first), then zy (4 planes)
 *
 * COUNT is the number of iterations; its highest bit says that the pixel is finished. z of a pixel that escaped is 0: equal
 * units make equal bytes, however they were cut into steps.
 *
 * Large tiles have bands of BAND_PIXELS pixels; units take the bands in turn. A pixel that is not finished has PER_UNIT
 * iterations for every unit that its band has had (see `iterationsOf`).
 */

export const WIDTH: u32 = 4;
export const HEIGHT: u32 = 5;
export const MAX_ITERATIONS: u32 = 6;
export const PER_UNIT: u32 = 7;
export const LEFT: u32 = 8;
export const TOP: u32 = 12;
export const STEP: u32 = 16;
export const PIXELS: u32 = 20;
export const PLANES_AT: u32 = 24;
export const PLANES: u32 = 9;

export const FINISHED: u32 = 0x8000_0000;

export const MAX_SIDE: i64 = 4096;
export const MAX_PIXELS: u32 = 1 << 20;
export const MOST_ITERATIONS: i64 = 10_000_000;

export const BAND_BITS: u32 = 14;
/** Also the pixel iterations of one unit, about: a fraction of a millisecond of one core, some 10 ms of a software GPU. */
export const BAND_PIXELS: u32 = 1 << BAND_BITS;

export function bandsOf(pixels: u32): u32 {
  return (pixels + BAND_PIXELS - 1) >> BAND_BITS;
}

/** Iterations of a pixel of this band that is still going, after so many units. */
export function iterationsOf(units: u32, band: u32, bands: u32, perUnit: u32, most: u32): u32 {
  const rounds = (units + bands - 1 - band) / bands;
  return <u32>min<u64>(<u64>rounds * <u64>perUnit, <u64>most);
}

export const ERROR_FILES: i32 = 2;
export const ERROR_COORDINATE: i32 = 3;
export const ERROR_SIZE: i32 = 4;
export const ERROR_ITERATIONS: i32 = 5;
export const ERROR_CHECKPOINT: i32 = 6;
