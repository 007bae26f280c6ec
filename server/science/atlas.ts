import type { Confirmed } from "./confirmed-outputs.ts";

/** Shades per side of the whole map; a tile gets its part, within bounds: a picture, not the data. */
const MAP_PIXELS = 384;
const TILE_PIXELS_MIN = 16;
const TILE_PIXELS_MAX = 256;

export interface AtlasTile {
  column: number;
  row: number;
  workunitId: number;
  /** The level's tilePixels^2 bytes, row by row: 0 inside the set, else 1..255 by iteration count. */
  shades: Uint8Array;
}

export interface AtlasLevel {
  level: number;
  columns: number;
  rows: number;
  /** Workunits of the level; squares that show nothing have none. */
  total: number;
  tilePixels: number;
  tiles: AtlasTile[];
}

export type AtlasPicture = Map<number, AtlasLevel>;

const LEVELS_KEPT = 12;

/** Reduces a tile (u32 little-endian counts, square) and puts it on the map of its level. */
export function addAtlas(picture: AtlasPicture, { workunitId, tags, output }: Confirmed): void {
  const [level, column, row] = [Number(tags["level"]), Number(tags["column"]), Number(tags["row"])];
  const [grid, total, maximum] = [Number(tags["grid"]), Number(tags["tiles"]), Number(tags["max_iterations"])];
  if (![level, column, row, grid, total, maximum].every(Number.isInteger) || grid < 1) return;
  const map = picture.get(level) ?? emptyLevel(level, grid, total);
  map.tiles.push({ column, row, workunitId, shades: reduceTile(output, maximum, map.tilePixels) });
  picture.set(level, map);
  if (picture.size > LEVELS_KEPT) picture.delete(Math.min(...picture.keys()));
}

function emptyLevel(level: number, grid: number, total: number): AtlasLevel {
  const tilePixels = Math.min(TILE_PIXELS_MAX, Math.max(TILE_PIXELS_MIN, Math.floor(MAP_PIXELS / grid)));
  return { level, columns: grid, rows: grid, total, tilePixels, tiles: [] };
}

function reduceTile(output: Buffer, maximum: number, pixels: number): Uint8Array {
  const side = Math.round(Math.sqrt(output.length / 4));
  const shades = new Uint8Array(pixels * pixels);
  for (let y = 0; y < pixels; y++) {
    for (let x = 0; x < pixels; x++) {
      const column = Math.floor(((x + 0.5) * side) / pixels);
      const row = Math.floor(((y + 0.5) * side) / pixels);
      shades[y * pixels + x] = shade(output.readUInt32LE((row * side + column) * 4), maximum);
    }
  }
  return shades;
}

/** Counts span orders of magnitude, so the shade goes round with the logarithm. */
function shade(count: number, maximum: number): number {
  if (count >= maximum) return 0;
  return 1 + Math.floor((Math.log2(count + 1) * 32) % 255);
}
