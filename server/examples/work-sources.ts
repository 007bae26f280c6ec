import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { WorkunitInput } from "../batch/submit-batch.ts";
import { inProject } from "../paths.ts";
import { fasta, genomeLetters, simulateReads } from "./align-reads.ts";
import { alignScorings, scoringLine } from "./align-scorings.ts";
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
  round(number: number, state: unknown): Promise<Round>;
};

export type Round = {
  workunits: WorkunitInput[];
  /** What all workunits of this round get, beside the files that all of the project get. By the manifest's names. */
  files?: Record<string, Uint8Array>;
  state: unknown;
};

const bytes = (text: string) => new TextEncoder().encode(text);

const SECONDS_PER_ALIGN = 14;

/** Each round is a set of reads, a file, and one workunit for each way of scoring them. */
const align: WorkSource = {
  async round(set) {
    const workunits = alignScorings().map((scoring) => {
      const { match, mismatch, gapOpen, gapExtend } = scoring;
      return {
        name: `set ${set}, match ${match}, mismatch ${mismatch}, gap ${gapOpen} + ${gapExtend} per letter`,
        input: bytes(scoringLine(scoring)),
        flops: SECONDS_PER_ALIGN * FLOPS_PER_SECOND,
        tags: { set, match, mismatch, gap_open: gapOpen, gap_extend: gapExtend },
      };
    });
    return { workunits, files: { reads: bytes(await readSet(set)) }, state: null };
  },
};

/** Reads made without a pause: 20 ms. */
const READS_AT_ONCE = 1_000;

/** With pauses, because a server that adds a round to its work has to answer meanwhile. */
async function readSet(set: number): Promise<string> {
  const genome = genomeLetters(await readFile(inProject("worker/kernels/align/genome/lambda_phage.fa"), "utf8"));
  const records: string[] = [];
  for (const read of simulateReads(genome, set)) {
    if (records.push(fasta(read)) % READS_AT_ONCE === 0) await setImmediate();
  }
  return records.join("");
}

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
