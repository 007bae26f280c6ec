import { createRandom, type Random } from "./random.ts";

/**
 * Reads simulated from a genome with a fixed seed, as a sequencer would give them: both strands, substitutions,
 * insertions, deletions, and some reads of something else, which should not map. Pure: a set's number gives its reads.
 */

export interface SimulatedRead {
  readonly name: string;
  readonly letters: string;
  /** Where it comes from, half-open on the forward strand; null for a random read. */
  readonly origin: { readonly start: number; readonly end: number; readonly strand: "+" | "-" } | null;
}

/**
 * Measured: the WASM kernel does 15 to 20 thousand million cells per second on one core (AMD EPYC 9005, Node 24; less
 * when the machine does other work), so a read of the mean length takes about 0.8 ms on the lambda genome, and a workunit,
 * which aligns one set, 12 to 16 s. A set has 2.5 MB, an output 0.5 MB.
 */
export const READS_PER_SET = 16_000;
export const SHORTEST_READ = 50;
export const LONGEST_READ = 250;

const SEED = 0x1a3bda;
const RANDOM_READS = 0.05;
const SUBSTITUTION = 0.02;
const INSERTION = 0.004;
const DELETION = 0.004;
/** An insertion or deletion goes on with this probability. */
const LONGER = 0.3;
/** Letters behind a read that deletions may use up. */
const MARGIN = 60;

/** Letters of a FASTA file with one record. */
export function genomeLetters(fasta: string): string {
  return fasta.replace(/^>.*$/m, "").replace(/\s/g, "").toUpperCase();
}

/** Set `set` of simulated reads, as FASTA. `genome`: letters only, much longer than the longest read. */
export function readsFile(genome: string, set: number, count = READS_PER_SET): string {
  return [...simulateReads(genome, set, count)].map(fasta).join("");
}

export function fasta({ name, letters }: Pick<SimulatedRead, "name" | "letters">): string {
  return `>${name}\n${letters}\n`;
}

/** The reads of a set one after the other: all of them take a third of a second. */
export function* simulateReads(genome: string, set: number, count = READS_PER_SET): Generator<SimulatedRead> {
  const random = createRandom(SEED, set);
  for (let index = 0; index < count; index++) yield simulateRead(random, genome, `${set}.${index}`);
}

function simulateRead(random: Random, genome: string, name: string): SimulatedRead {
  const length = SHORTEST_READ + random.below(LONGEST_READ - SHORTEST_READ + 1);
  if (random.chance(RANDOM_READS)) return { name, letters: randomLetters(random, length), origin: null };
  const start = random.below(genome.length - length - MARGIN + 1);
  const { read, end } = copyWithErrors(random, { genome, start, length });
  const strand = random.pick<"+" | "-">(["+", "-"]);
  const letters = strand === "+" ? read : reverseComplement(read);
  return { name, letters, origin: { start, end, strand } };
}

/** Reads `length` letters from `start` on, each right with high probability: one draw decides, errors are rare. */
function copyWithErrors(
  random: Random,
  { genome, start, length }: { genome: string; start: number; length: number },
): { read: string; end: number } {
  let read = "";
  let at = start;
  let copied = start; // what lies between this and `at` is right; copying stretches takes half the time of copying letters
  while (read.length + at - copied < length) {
    const letter = genome[at++] ?? "N";
    if (!random.chance(SUBSTITUTION + INSERTION + DELETION)) continue;
    read += genome.slice(copied, at - 1) + error(random, letter, () => at++);
    copied = at;
  }
  return { read: (read + genome.slice(copied, at)).slice(0, length), end: at };
}

/** What stands in the read instead of this letter. A deletion may skip further letters. */
function error(random: Random, letter: string, skip: () => void): string {
  const kind = random.below(1000) * ((SUBSTITUTION + INSERTION + DELETION) / 1000);
  if (kind < SUBSTITUTION) return random.pick(OTHERS[letter] ?? ["A", "C", "G", "T"]);
  if (kind < SUBSTITUTION + INSERTION) {
    let inserted = letter;
    do inserted += randomLetters(random, 1);
    while (random.chance(LONGER));
    return inserted;
  }
  while (random.chance(LONGER)) skip();
  return "";
}

const OTHERS: Record<string, readonly [string, ...string[]]> = {
  A: ["C", "G", "T"],
  C: ["A", "G", "T"],
  G: ["A", "C", "T"],
  T: ["A", "C", "G"],
};

function randomLetters(random: Random, count: number): string {
  let letters = "";
  for (let i = 0; i < count; i++) letters += random.pick(["A", "C", "G", "T"]);
  return letters;
}

const COMPLEMENT: Record<string, string> = { A: "T", C: "G", G: "C", T: "A" };

export function reverseComplement(letters: string): string {
  let result = "";
  for (let i = letters.length - 1; i >= 0; i--) result += COMPLEMENT[letters[i] ?? ""] ?? "N";
  return result;
}
