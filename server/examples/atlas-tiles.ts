import { estimateIterations, ONE, type Orbit, referenceOrbit, toNumber } from "./orbit.ts";
import { createRandom } from "./random.ts";

/**
 * The tiles of the Mandelbrot atlas, without end: first the whole set in ever finer levels, then dives. A dive zooms into
 * one point, each level twice as deep as the last and 4 x 4 tiles wide: first into a famous point of Seahorse Valley,
 * then wherever the longest orbits that still escape lead. Every function is pure; a level is plain data that can be stored.
 */

export interface AtlasLevel {
  /** Counts all levels from 0. */
  readonly number: number;
  /** -1: the whole set. */
  readonly dive: number;
  /** The level's square is 3 / 2^depth wide; of the overview, one tile is. */
  readonly depth: number;
  /** Centre of the level's square, Q8.120 as 32 hexadecimal digits. */
  readonly centreX: string;
  readonly centreY: string;
}

export interface AtlasTile {
  readonly level: AtlasLevel;
  /** Place in the level's grid of `grid` x `grid` tiles, from its upper left corner. */
  readonly column: number;
  readonly row: number;
  readonly grid: number;
  /** Pixels in a row. A picture has as many as make the work last: every tile is drawn into its square of the map. */
  readonly side: number;
  readonly maxIterations: number;
  /** Estimated pixel iterations of the whole tile. */
  readonly estimatedIterations: number;
  /** The workunit's input. */
  readonly input: string;
}

export const MAX_ITERATIONS = 50_000;
/**
 * Side by the mean number of iterations of a pixel. Measured: the WASM kernel does 87 to 100 million pixel iterations per second
 * on one core (AMD EPYC 9005, Node 24), so that these tiles take 11 to 51 s; the estimate is off by up to a third.
 */
const SIDES = [
  { from: 17_000, side: 256 },
  { from: 4_300, side: 512 },
  { from: 1_080, side: 1024 },
] as const;

/** Overview levels 0 to 4: 1 to 16 x 16 tiles over the square from -2.25 + 1.5i to 0.75 - 1.5i. */
const OVERVIEW_DEPTH = 4;
const OVERVIEW_WIDTH = 3n * ONE;
const OVERVIEW_CENTRE = { x: (-3n * ONE) / 4n, y: 0n };
const DIVE_GRID = 4;
/** 1024 pixels of a tile at this depth are 2^-106 apart: many steps of 2^-120. */
const MAX_DEPTH = 94;
/** Samples per side of a tile. */
const SAMPLES = 6;

/** A much visited point of Seahorse Valley; interesting down to where it is known, about 2^-90. */
const SEAHORSE = { x: "ff41a08de14e1a0d629390105818cbd7", y: "0021bf57ab53d35b122b6fd1552001e4", maxDepth: 88 };

export const FIRST_LEVEL: AtlasLevel = {
  number: 0,
  dive: -1,
  depth: 0,
  centreX: hexadecimal(OVERVIEW_CENTRE.x),
  centreY: hexadecimal(OVERVIEW_CENTRE.y),
};

/** The level after this one; there always is one. */
export function nextLevel(level: AtlasLevel): AtlasLevel {
  const { dive, depth } = level;
  const number = level.number + 1;
  if (dive === -1 && depth < OVERVIEW_DEPTH) return { ...level, number, depth: depth + 1 };
  const maxDepth = dive === 0 ? SEAHORSE.maxDepth : MAX_DEPTH;
  if (dive === -1 || depth >= maxDepth) return diveStart(number, dive + 1);
  if (dive === 0) return { ...level, number, depth: depth + 1 };
  const target = longestEscape(level);
  return target === null ? diveStart(number, dive + 1) : { ...level, ...target, number, depth: depth + 1 };
}

/**
 * The tiles of a level that are worth a workunit, row by row. Left out are those of a few seconds: mostly far outside the
 * set, where the level above shows as much. May be empty. Takes up to about a second of one core at great depth.
 */
export function levelTiles(level: AtlasLevel): AtlasTile[] {
  const { grid } = frame(level);
  const samples = survey(level);
  const tiles: AtlasTile[] = [];
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++) {
      const counts = tileSamples(samples, grid, column, row);
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const side = SIDES.find(({ from }) => mean >= from)?.side;
      if (side === undefined || isPlain(level, counts)) continue;
      tiles.push(tileAt(level, { column, row, side, estimatedIterations: Math.round(mean * side * side) }));
    }
  }
  return tiles;
}

/** A tile of a level, of which is known already that it is worth a workunit. */
export function tileAt(
  level: AtlasLevel,
  { column, row, side, estimatedIterations }: Pick<AtlasTile, "column" | "row" | "side" | "estimatedIterations">,
): AtlasTile {
  const { grid, width, left, top } = frame(level);
  const tileWidth = width / BigInt(grid);
  const step = tileWidth / BigInt(side);
  const input = tileInput(left + BigInt(column) * tileWidth, top - BigInt(row) * tileWidth, step, side);
  return { level, column, row, grid, side, maxIterations: MAX_ITERATIONS, estimatedIterations, input };
}

/** All black: in the overview the level above has shown it already. */
function isPlain(level: AtlasLevel, counts: readonly number[]): boolean {
  return level.depth > 1 && counts.every((count) => count === MAX_ITERATIONS);
}

function tileInput(left: bigint, top: bigint, step: bigint, side: number): string {
  const lines = [`left=${hexadecimal(left)}`, `top=${hexadecimal(top)}`, `step=${hexadecimal(step)}`];
  return `${lines.join("\n")}\nwidth=${side}\nheight=${side}\nmax_iterations=${MAX_ITERATIONS}\n`;
}

interface Frame {
  readonly grid: number;
  readonly width: bigint;
  readonly left: bigint;
  readonly top: bigint;
}

function frame(level: AtlasLevel): Frame {
  const overview = level.dive === -1;
  const width = overview ? OVERVIEW_WIDTH : OVERVIEW_WIDTH >> BigInt(level.depth);
  const left = fromHexadecimal(level.centreX) - width / 2n;
  const top = fromHexadecimal(level.centreY) + width / 2n;
  return { grid: overview ? 2 ** level.depth : DIVE_GRID, width, left, top };
}

/** Estimated iterations on a grid of SAMPLES x SAMPLES points per tile, row by row over the whole level. */
function survey(level: AtlasLevel): readonly number[] {
  const key = `${level.dive}/${level.depth}/${level.centreX}/${level.centreY}`;
  if (lastSurvey?.key === key) return lastSurvey.counts;
  const { grid, width } = frame(level);
  const orbit: Orbit = referenceOrbit(fromHexadecimal(level.centreX), fromHexadecimal(level.centreY), MAX_ITERATIONS);
  const points = grid * SAMPLES;
  const spacing = toNumber(width) / points;
  const counts: number[] = [];
  for (let row = 0; row < points; row++) {
    for (let column = 0; column < points; column++) {
      const dx = (column + 0.5 - points / 2) * spacing;
      const dy = (points / 2 - row - 0.5) * spacing;
      counts.push(estimateIterations(orbit, dx, dy, MAX_ITERATIONS));
    }
  }
  lastSurvey = { key, counts };
  return counts;
}

/** `levelTiles` and `nextLevel` of one level want the same survey. */
let lastSurvey: { key: string; counts: readonly number[] } | undefined;

function tileSamples(samples: readonly number[], grid: number, column: number, row: number): number[] {
  const points = grid * SAMPLES;
  return Array.from({ length: SAMPLES * SAMPLES }, (_, index) => {
    const y = row * SAMPLES + Math.floor(index / SAMPLES);
    return samples[y * points + column * SAMPLES + (index % SAMPLES)] ?? 0;
  });
}

type Centre = Pick<AtlasLevel, "centreX" | "centreY">;

/** The sample that takes longest to escape, among those that do; null when none escapes. */
function longestEscape(level: AtlasLevel, allowed: (sample: number) => boolean = () => true): Centre | null {
  const counts = survey(level);
  const limit = Math.min(MAX_ITERATIONS, 300 * level.depth);
  let best = -1;
  counts.forEach((count, sample) => {
    if (count < limit && allowed(sample) && count > (counts[best] ?? -1)) best = sample;
  });
  if (best === -1) return null;
  const { grid, width, left, top } = frame(level);
  const points = grid * SAMPLES;
  const place = (index: number): bigint => (width * BigInt(2 * index + 1)) / BigInt(2 * points);
  return {
    centreX: hexadecimal(left + place(best % points)),
    centreY: hexadecimal(top - place(Math.floor(best / points))),
  };
}

/** A dive's first level: the first dive is known, the others begin in a tile of the finest overview that shows the border. */
function diveStart(number: number, dive: number): AtlasLevel {
  const depth = OVERVIEW_DEPTH + 1;
  if (dive === 0) return { number, dive, depth, centreX: SEAHORSE.x, centreY: SEAHORSE.y };
  const overview: AtlasLevel = { ...FIRST_LEVEL, depth: OVERVIEW_DEPTH };
  const random = createRandom(dive, 0x617_1a5);
  const tiles = levelTiles(overview).filter(({ side }) => side > 256); // not nearly all inside the set
  const tile = tiles[random.below(tiles.length)];
  const points = 2 ** OVERVIEW_DEPTH * SAMPLES;
  // A random part of the tile, so that dives that begin in one tile part ways.
  const [x, y] = [random.below(SAMPLES - 2), random.below(SAMPLES - 2)];
  const inside = (sample: number): boolean => {
    const column = (sample % points) - (tile?.column ?? 0) * SAMPLES - x;
    const row = Math.floor(sample / points) - (tile?.row ?? 0) * SAMPLES - y;
    return column >= 0 && column < 3 && row >= 0 && row < 3;
  };
  const target = longestEscape(overview, inside) ?? { centreX: SEAHORSE.x, centreY: SEAHORSE.y };
  return { number, dive, depth, ...target };
}

/** 32 digits, two's complement. */
export function hexadecimal(value: bigint): string {
  return BigInt.asUintN(128, value).toString(16).padStart(32, "0");
}

export function fromHexadecimal(digits: string): bigint {
  return BigInt.asIntN(128, BigInt(`0x${digits}`));
}
