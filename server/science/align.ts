import type { Confirmed } from "./confirmed-outputs.ts";

/** Bases of the phage lambda genome, NC_001416.1. */
const GENOME_LENGTH = 48_502;
const BINS = 400;

export interface AlignPicture {
  genomeLength: number;
  reads: number;
  mapped: number;
  /** Mean number of reads that cover a base of each of the equal parts of the genome. */
  coverage: number[];
}

export function emptyAlign(): AlignPicture {
  return { genomeLength: GENOME_LENGTH, reads: 0, mapped: 0, coverage: new Array<number>(BINS).fill(0) };
}

/**
 * A read counts as mapped from this score on; a random read of 250 bases scores about 30 against this genome by chance
 * with the example's parameters.
 */
const MAPPED_SCORE = 60;

export function addAlign(picture: AlignPicture, { output }: Confirmed): void {
  const width = GENOME_LENGTH / BINS;
  for (const line of output.toString("latin1").split("\n").slice(1)) {
    const [, score, , start, end] = line.split(",");
    if (score === undefined || start === undefined || end === undefined) continue;
    picture.reads += 1;
    if (Number(score) < MAPPED_SCORE) continue;
    picture.mapped += 1;
    const [from, to] = [Number(start), Number(end)];
    for (let bin = Math.floor(from / width); bin < BINS && bin * width < to; bin++) {
      const covered = Math.min(to, (bin + 1) * width) - Math.max(from, bin * width);
      picture.coverage[bin] = (picture.coverage[bin] ?? 0) + Math.max(0, covered) / width;
    }
  }
}
