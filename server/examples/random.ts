/** A small seeded generator: example data must be the same on every machine and in every run. */
export interface Random {
  /** A whole number from 0 to below `limit` (at most 2^32). */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<const T>(choices: readonly [T, ...T[]]): T;
}

/** Seeds that differ in any word give unrelated sequences (sfc32, Chris Doty-Humphrey's PractRand; period above 2^64). */
export function createRandom(...seed: readonly number[]): Random {
  let [a, b, c] = [seed[0] ?? 0, seed[1] ?? 0, seed[2] ?? 0];
  let counter = 1;
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  const unit = (): number => next() / 0x1_0000_0000;
  return {
    below: (limit) => Math.floor(unit() * limit),
    chance: (probability) => unit() < probability,
    pick: (choices) => choices[Math.floor(unit() * choices.length)] ?? choices[0],
  };
}
