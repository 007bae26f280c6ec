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
 * A read counts as mapped from the score of this many matches on. Measured with the example's ways of scoring: of 200 random
 * reads of 250 bases the best scores 15 to 16 matches against this genome by chance, and reads of 50 bases that come from it
 * score more than 30 with hardly an exception.
 */
const MAPPED_MATCHES = 30;
/** Where neither the input nor the tags tell. */
const USUAL_MATCH = 2;

export function addAlign(picture: AlignPicture, confirmed: Confirmed): void {
  const width = GENOME_LENGTH / BINS;
  const mappedScore = MAPPED_MATCHES * matchOf(confirmed);
  for (const line of confirmed.output.toString("latin1").split("\n").slice(1)) {
    const [, score, , start, end] = line.split(",");
    if (score === undefined || start === undefined || end === undefined) continue;
    picture.reads += 1;
    if (Number(score) < mappedScore) continue;
    picture.mapped += 1;
    const [from, to] = [Number(start), Number(end)];
    for (let bin = Math.floor(from / width); bin < BINS && bin * width < to; bin++) {
      const covered = Math.min(to, (bin + 1) * width) - Math.max(from, bin * width);
      picture.coverage[bin] = (picture.coverage[bin] ?? 0) + Math.max(0, covered) / width;
    }
  }
}

/** What two letters that agree add to a score: what the kernel was given, or, where that is not at hand, what the tags say. */
function matchOf({ input, tags }: Confirmed): number {
  const given = /^\s*match=(\d+)\s/.exec(input?.toString("latin1", 0, 40) ?? "")?.[1];
  if (given !== undefined) return Number(given);
  return typeof tags["match"] === "number" ? tags["match"] : USUAL_MATCH;
}
