/**
 * Two-dimensional Ising model, one spin and one random number at a time: a slow reference that shares no idea with the
 * kernels but the definition of their random numbers and thresholds.
 */

const ROTATIONS = [
  [10, 26],
  [11, 21],
  [13, 27],
  [23, 5],
  [6, 20],
  [17, 11],
  [25, 10],
  [18, 20],
] as const;

type Words = readonly [number, number, number, number];

/** Threefry-4x32 (Salmon et al., SC11), any number of rounds; written after the paper's definition. */
export function threefry4x32(counter: Words, key: Words, rounds: number): number[] {
  const schedule = [...key, key.reduce((sum, word) => sum ^ word, 0x1bd11bda)];
  const x = counter.map((word, i) => (word + (key[i] ?? 0)) >>> 0);
  const word = (i: number) => x[i] ?? 0;
  for (let round = 0; round < rounds; round++) {
    const [a, b] = ROTATIONS[round % 8] ?? [0, 0];
    const [first, second] = round % 2 === 0 ? [1, 3] : [3, 1];
    x[0] = (word(0) + word(first)) >>> 0;
    x[first] = (rotate(word(first), a) ^ word(0)) >>> 0;
    x[2] = (word(2) + word(second)) >>> 0;
    x[second] = (rotate(word(second), b) ^ word(2)) >>> 0;
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      for (let i = 0; i < 4; i++) x[i] = (word(i) + (schedule[(s + i) % 5] ?? 0) + (i === 3 ? s : 0)) >>> 0;
    }
  }
  return x;
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

export interface IsingInput {
  readonly size: number;
  readonly temperature: number;
  readonly thermalise: number;
  readonly sweeps: number;
  readonly every: number;
  readonly chains: number;
}

/** The ising kernel's output, byte by byte. */
export function isingReference(input: IsingInput, seed: bigint): Uint8Array {
  const { size, chains } = input;
  const sites = size * size;
  const key: Words = [Number(seed & 0xffffffffn), Number(seed >> 32n), 0, 0];
  const thresholds = new Map([4, 8].map((cost) => [cost, Math.floor(2 ** 32 * Math.exp(-cost / input.temperature))]));
  const sums = Array.from({ length: chains }, () => [0, 0, 0, 0]);
  let firstChain: number[] = [];
  for (let chain = 0; chain < chains; chain++) {
    const spins = new Array<number>(sites).fill(1);
    const at = (row: number, col: number) => spins[((row + size) % size) * size + ((col + size) % size)] ?? 0;
    for (let sweep = 0; sweep < input.thermalise + input.sweeps; sweep++) {
      for (const parity of [0, 1]) {
        for (let site = 0; site < sites; site++) {
          const [row, col] = [Math.floor(site / size), site % size];
          if ((row + col) % 2 !== parity) continue;
          const field = at(row - 1, col) + at(row + 1, col) + at(row, col - 1) + at(row, col + 1);
          const cost = 2 * at(row, col) * field;
          const threshold = thresholds.get(cost);
          if (cost <= 0 || randomNumber({ site, sweep, chain }, key) < (threshold ?? 0)) spins[site] = -at(row, col);
        }
      }
      if (sweep < input.thermalise || (sweep - input.thermalise + 1) % input.every !== 0) continue;
      const magnetisation = spins.reduce((sum, spin) => sum + spin, 0);
      let energy = 0;
      for (let site = 0; site < sites; site++) {
        const [row, col] = [Math.floor(site / size), site % size];
        energy -= at(row, col) * (at(row + 1, col) + at(row, col + 1));
      }
      const unsatisfied = (energy + 2 * sites) / 2;
      const terms = [Math.abs(magnetisation), magnetisation ** 2, unsatisfied, (sites - unsatisfied) ** 2];
      sums[chain] = (sums[chain] ?? []).map((sum, i) => sum + (terms[i] ?? 0));
    }
    if (chain === 0) firstChain = spins;
  }
  const samples = Math.floor(input.sweeps / input.every);
  const perSite = 1 / sites;
  const means = (sum: number) => sums.map((chainSums) => (chainSums[sum] ?? 0) / samples);
  const estimates = [
    ...estimate(means(0), 0, perSite),
    ...estimate(means(2), -2, 2 * perSite),
    ...estimate(means(1), 0, perSite * perSite),
    ...estimate(means(3), 0, 4 * perSite * perSite),
  ];
  return Uint8Array.from([
    ...new Uint8Array(Float64Array.from(estimates).buffer),
    ...firstChain.map((spin) => (spin + 1) / 2),
  ]);
}

/** Bit i from the top is bit (chain mod 32) of the i-th random word of this site, sweep and word of chains. */
function randomNumber(where: { site: number; sweep: number; chain: number }, key: Words): number {
  let value = 0;
  for (let block = 0; block < 8; block++) {
    for (const word of threefry4x32([where.site, where.sweep, where.chain >>> 5, block], key, 13)) {
      value = value * 2 + ((word >>> (where.chain & 31)) & 1);
    }
  }
  return value;
}

function estimate(chainMeans: readonly number[], offset: number, scale: number): [number, number] {
  const count = chainMeans.length;
  const mean = chainMeans.reduce((sum, value) => sum + value, 0) / count;
  const squares = chainMeans.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return [offset + scale * mean, scale * Math.sqrt(squares / (count * (count - 1)))];
}
