import type { Random } from "../../server/examples/random.ts";

/** Inputs of atlas: the known answers' and random ones. Pure. */

export interface Tile {
  /** Q8.120. */
  readonly left: bigint;
  readonly top: bigint;
  readonly step: bigint;
  readonly width: number;
  readonly height: number;
  readonly maxIterations: number;
}

export const ONE = 1n << 120n;

export function hexadecimal(value: bigint): string {
  return BigInt.asUintN(128, value).toString(16).padStart(32, "0");
}

export function atlasInput({ left, top, step, width, height, maxIterations }: Tile): string {
  return [
    `left=${hexadecimal(left)}`,
    `top=${hexadecimal(top)}`,
    `step=${hexadecimal(step)}`,
    `width=${width}`,
    `height=${height}`,
    `max_iterations=${maxIterations}\n`,
  ].join("\n");
}

/** A decimal such as "-0.743643887037158704752191506114774", truncated to Q8.120. */
function decimal(text: string): bigint {
  const [, sign, whole = "0", fraction = ""] = /^(-?)(\d+)\.(\d+)$/.exec(text) ?? [];
  const value = (BigInt(whole + fraction) * ONE) / 10n ** BigInt(fraction.length);
  return sign === "-" ? -value : value;
}

function around(x: bigint, y: bigint, tile: Omit<Tile, "left" | "top">): Tile {
  const half = (side: number): bigint => (BigInt(side) * tile.step) / 2n;
  return { ...tile, left: x - half(tile.width), top: y + half(tile.height) };
}

/** By the name kernel.json gives them. */
export function atlasExamples(): Record<string, Tile> {
  const seahorseX = decimal("-0.743643887037158704752191506114774");
  const seahorseY = decimal("0.131825904205311970493132056385139");
  return {
    probe: around(seahorseX, seahorseY, { step: ONE >> 15n, width: 24, height: 16, maxIterations: 400 }),
    "whole-set": { left: -2n * ONE, top: (5n * ONE) / 4n, step: ONE / 16n, width: 48, height: 40, maxIterations: 60 },
    // |z|^2 is exactly 4 for ever at c = -2, and at once at c = 2 and 2i; their neighbours pass it.
    limit: { left: -2n * ONE, top: 2n * ONE, step: ONE / 4n, width: 17, height: 17, maxIterations: 50 },
    deep: around(seahorseX, seahorseY, { step: 1n << 40n, width: 12, height: 8, maxIterations: 1500 }),
    // The last bit of c decides: neighbours differ by 2^-120.
    deepest: around(-2n * ONE, 0n, { step: 1n, width: 16, height: 3, maxIterations: 200 }),
    // Coordinates that wrap round at 128.
    far: { left: 127n * ONE, top: -127n * ONE, step: ONE / 2n + 12_345n, width: 7, height: 7, maxIterations: 9 },
    "one-pixel": { left: 0n, top: 0n, step: 0n, width: 1, height: 1, maxIterations: 1 },
  };
}

function randomBits(random: Random, bits: number): bigint {
  let value = 0n;
  for (let i = 0; i < bits; i += 16) value = (value << 16n) | BigInt(random.below(65_536));
  return value & ((1n << BigInt(bits)) - 1n);
}

export function randomTile(random: Random): Tile {
  const kind = random.below(4);
  const coordinate = (): bigint => (kind === 3 ? randomBits(random, 128) : randomBits(random, 122) - 2n * ONE);
  const size = {
    width: 1 + random.below(12),
    height: 1 + random.below(12),
    maxIterations: 1 + random.below(random.chance(0.2) ? 600 : 60),
  };
  if (kind === 1) {
    // Around the real axis from -2 on, where |z|^2 = 4 is met exactly.
    const step = ONE >> BigInt(2 + random.below(3));
    const top = random.chance(0.5) ? step * BigInt(size.height >> 1) : BigInt(random.below(3) - 1);
    return { left: -2n * ONE, top, step, ...size };
  }
  const stepBits = kind === 3 ? 128 : kind === 2 ? 1 + random.below(20) : 90 + random.below(30);
  return { left: coordinate(), top: coordinate(), step: randomBits(random, stepBits), ...size };
}
