/** Seeded uniform numbers in [0, 1): mulberry32 (T. Ettinger). Good enough to choose by, useless for secrets. */
export type Random = () => number;

export function randomSource(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number that many agree on without a word: the same for everybody who knows seed and index. */
export function sharedDraw(seed: number, index: number): number {
  return randomSource(Math.imul(index + 1, 0x9e3779b1) ^ seed)();
}
