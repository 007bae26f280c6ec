import { readFile } from "node:fs/promises";
import type { WorkunitInput } from "../batch/submit-batch.ts";
import { inProject } from "../paths.ts";
import { type AtlasLevel, type AtlasTile, levelTiles, MAX_ITERATIONS, nextLevel, tileAt } from "./atlas-tiles.ts";
import { clusterRound } from "./cluster-runs.ts";
import { isingRound } from "./ising-runs.ts";

/** What the estimates of the generators (seconds on one core) count as in floating point operations. */
const FLOPS_PER_SECOND = 5e9;

/**
 * The work of an example project, without end, in rounds: a round's number and the state the one before left behind give its
 * workunits, always the same.
 */
export type WorkSource = {
  /** `state`: null for the first round, later what `round` returned. It is stored between rounds, as JSON. */
  round(number: number, state: unknown): Promise<{ workunits: WorkunitInput[]; state: unknown }>;
};

const bytes = (text: string) => new TextEncoder().encode(text);

const SECONDS_PER_ALIGN = 14;

/** Each round is one workunit: a set of reads. Twenty thousand of them would be 50 GB, so they are made one by one. */
const align: WorkSource = {
  round: (number) => {
    const name = `reads ${number}`;
    const recipe = { source: "align" as const, number };
    const workunits = [{ name, input: { recipe }, flops: SECONDS_PER_ALIGN * FLOPS_PER_SECOND, tags: { number } }];
    return Promise.resolve({ workunits, state: null });
  },
};

const ising: WorkSource = {
  round: (number) => {
    const workunits = isingRound(number).map(({ size, temperature, estimatedSeconds, input }) => ({
      name: `L=${size} T=${temperature} #${number}`,
      input: bytes(input),
      flops: estimatedSeconds * FLOPS_PER_SECOND,
      tags: { size, temperature: Number(temperature), round: number },
    }));
    return Promise.resolve({ workunits, state: null });
  },
};

const cluster: WorkSource = {
  round: (number) => {
    const workunits = clusterRound(number).map(({ atoms, seed, estimatedSeconds, input }) => ({
      name: `${atoms} atoms #${seed}`,
      input: bytes(input),
      flops: estimatedSeconds * FLOPS_PER_SECOND,
      tags: { atoms, seed },
    }));
    return Promise.resolve({ workunits, state: null });
  },
};

/** Pixel iterations per second on the core the other estimates were made on. */
const ATLAS_ITERATIONS_PER_SECOND = 9e7;

/** Column, row, side in pixels, estimated iterations. */
type StoredTile = [column: number, row: number, side: number, estimatedIterations: number];
type StoredLevel = Omit<AtlasLevel, "number"> & { tiles: StoredTile[] };

/**
 * One round is one level of the atlas. The first levels were computed once and lie beside this file, because surveying twenty
 * thousand tiles takes a minute (tests/unit/examples checks that they are what the generator gives); later ones are computed.
 */
const atlas: WorkSource = {
  async round(number, state) {
    const stored = await storedLevels();
    const known = stored[number];
    if (known !== undefined) {
      const { tiles, ...place } = known;
      const level = { ...place, number };
      const isLast = number === stored.length - 1;
      return { workunits: tileWorkunits(level, storedTiles(level, tiles)), state: isLast ? nextLevel(level) : null };
    }
    const level = state as AtlasLevel;
    return { workunits: tileWorkunits(level, levelTiles(level)), state: nextLevel(level) };
  },
};

let levels: Promise<StoredLevel[]> | undefined;
function storedLevels(): Promise<StoredLevel[]> {
  levels ??= readFile(inProject("server/examples/atlas-levels.json"), "utf8").then((text) => JSON.parse(text));
  return levels;
}

function storedTiles(level: AtlasLevel, tiles: readonly StoredTile[]): AtlasTile[] {
  return tiles.map(([column, row, side, estimatedIterations]) =>
    tileAt(level, { column, row, side, estimatedIterations }),
  );
}

function tileWorkunits(level: AtlasLevel, tiles: readonly AtlasTile[]): WorkunitInput[] {
  return tiles.map(({ column, row, grid, side, estimatedIterations, input }) => ({
    name: `level ${level.number}, column ${column}, row ${row}`,
    input: bytes(input),
    flops: (estimatedIterations / ATLAS_ITERATIONS_PER_SECOND) * FLOPS_PER_SECOND,
    tags: {
      level: level.number,
      column,
      row,
      grid,
      tiles: tiles.length,
      side,
      max_iterations: MAX_ITERATIONS,
    },
  }));
}

export const WORK_SOURCES = { align, atlas, ising, cluster } as const;
