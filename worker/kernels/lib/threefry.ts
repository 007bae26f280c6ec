/**
 * Threefry-4x32 with 13 rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11):
 * four random words from a counter and a key by additions, rotations and exclusive-or of u32 alone, so that WGSL, which
 * has no 64-bit product, gives the same bits at little cost. 12 rounds already pass BigCrush. The last two key words are 0.
 */

export const THREEFRY_PARITY: u32 = 0x1bd11bda;

// The four words of the last call: AssemblyScript returns one value.
export let random0: u32 = 0;
export let random1: u32 = 0;
export let random2: u32 = 0;
export let random3: u32 = 0;

/** Sets random0..random3. */
export function threefry(c0: u32, c1: u32, c2: u32, c3: u32, key0: u32, key1: u32): void {
  const parity = THREEFRY_PARITY ^ key0 ^ key1;
  let x0 = c0 + key0;
  let x1 = c1 + key1;
  let x2 = c2;
  let x3 = c3;
  x0 += x1; x1 = rotl(x1, 10) ^ x0; x2 += x3; x3 = rotl(x3, 26) ^ x2;
  x0 += x3; x3 = rotl(x3, 11) ^ x0; x2 += x1; x1 = rotl(x1, 21) ^ x2;
  x0 += x1; x1 = rotl(x1, 13) ^ x0; x2 += x3; x3 = rotl(x3, 27) ^ x2;
  x0 += x3; x3 = rotl(x3, 23) ^ x0; x2 += x1; x1 = rotl(x1, 5) ^ x2;
  x0 += key1; x3 += parity + 1;
  x0 += x1; x1 = rotl(x1, 6) ^ x0; x2 += x3; x3 = rotl(x3, 20) ^ x2;
  x0 += x3; x3 = rotl(x3, 17) ^ x0; x2 += x1; x1 = rotl(x1, 11) ^ x2;
  x0 += x1; x1 = rotl(x1, 25) ^ x0; x2 += x3; x3 = rotl(x3, 10) ^ x2;
  x0 += x3; x3 = rotl(x3, 18) ^ x0; x2 += x1; x1 = rotl(x1, 20) ^ x2;
  x2 += parity; x3 += key0 + 2;
  x0 += x1; x1 = rotl(x1, 10) ^ x0; x2 += x3; x3 = rotl(x3, 26) ^ x2;
  x0 += x3; x3 = rotl(x3, 11) ^ x0; x2 += x1; x1 = rotl(x1, 21) ^ x2;
  x0 += x1; x1 = rotl(x1, 13) ^ x0; x2 += x3; x3 = rotl(x3, 27) ^ x2;
  x0 += x3; x3 = rotl(x3, 23) ^ x0; x2 += x1; x1 = rotl(x1, 5) ^ x2;
  x1 += parity; x2 += key0; x3 += key1 + 3;
  x0 += x1; x1 = rotl(x1, 6) ^ x0; x2 += x3; x3 = rotl(x3, 20) ^ x2;
  random0 = x0;
  random1 = x1;
  random2 = x2;
  random3 = x3;
}

/** Largest u32 multiple of 2^-32 not above the probability; 1 becomes 2^32 - 1. */
export function threshold(probability: f64): u32 {
  const scaled = Math.floor(probability * 4294967296.0);
  return scaled >= 4294967295.0 ? 0xffffffff : <u32>scaled;
}
