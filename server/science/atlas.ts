import type { Confirmed } from "./confirmed-outputs.ts";

/** A tile reduced to this many shades per side: a picture, not the data. */
export const TILE_PIXELS = 16;

export interface AtlasTile {
  column: number;
  row: number;
  workunitId: number;
  /** TILE_PIXELS^2 bytes, row by row: 0 inside the set, else 1..255 by iteration count. */
  shades: Uint8Array;
}

export interface AtlasLevel {
  level: number;
  columns: number;
  rows: number;
  tiles: AtlasTile[];
}

export type AtlasPicture = Map<number, AtlasLevel>;

const LEVELS_KEPT = 12;

/** Reduces a tile (u32 little-endian counts, square) and puts it on the map of its level. */
export function addAtlas(picture: AtlasPicture, { workunitId, tags, output }: Confirmed): void {
  const [level, column, row] = [Number(tags["level"]), Number(tags["column"]), Number(tags["row"])];
  const [columns, rows, maximum] = [Number(tags["columns"]), Number(tags["rows"]), Number(tags["max_iterations"])];
  if (![level, column, row, columns, rows, maximum].every(Number.isInteger)) return;
  const map = picture.get(level) ?? { level, columns, rows, tiles: [] };
  map.tiles.push({ column, row, workunitId, shades: reduceTile(output, maximum) });
  picture.set(level, map);
  if (picture.size > LEVELS_KEPT) picture.delete(Math.min(...picture.keys()));
}

function reduceTile(output: Buffer, maximum: number): Uint8Array {
  const side = Math.round(Math.sqrt(output.length / 4));
  const shades = new Uint8Array(TILE_PIXELS * TILE_PIXELS);
  for (let y = 0; y < TILE_PIXELS; y++) {
    for (let x = 0; x < TILE_PIXELS; x++) {
      const column = Math.floor(((x + 0.5) * side) / TILE_PIXELS);
      const row = Math.floor(((y + 0.5) * side) / TILE_PIXELS);
      shades[y * TILE_PIXELS + x] = shade(output.readUInt32LE((row * side + column) * 4), maximum);
    }
  }
  return shades;
}

/** Counts span orders of magnitude, so the shade goes round with the logarithm. */
function shade(count: number, maximum: number): number {
  if (count >= maximum) return 0;
  return 1 + Math.floor((Math.log2(count + 1) * 32) % 255);
}
