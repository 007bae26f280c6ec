import { reverseComplement } from "../../server/examples/align-reads.ts";
import { DEFAULT_SCORING, type Scoring, scoringLine } from "../../server/examples/align-scorings.ts";
import { createRandom, type Random } from "../../server/examples/random.ts";

/** Inputs of align: the known answers' and random ones. Pure. */

export interface AlignCase {
  readonly input: string;
  readonly genome: string;
  /** The file `reads`; empty where the input has its own. */
  readonly reads: string;
}

/** What the reference is given as its input. */
export function whole({ input, reads }: AlignCase): string {
  return input + reads;
}

export function fasta(name: string, letters: string): string {
  return `>${name}\n${letters.replace(/.{60}(?=.)/g, "$&\n")}\n`;
}

export function alignInput(scoring: Scoring, reads: readonly string[]): string {
  return scoringLine(scoring) + readsFile(reads);
}

export function readsFile(reads: readonly string[]): string {
  return reads.map((read, index) => `>r${index}\n${read}\n`).join("");
}

export function randomLetters(random: Random, count: number, alphabet = "ACGT"): string {
  return Array.from({ length: count }, () => alphabet[random.below(alphabet.length)]).join("");
}

/** A read of the genome with errors, on either strand. */
export function noisyRead(random: Random, genome: string, length: number, errors: number): string {
  const start = random.below(Math.max(1, genome.length - length));
  const letters = [...genome.slice(start, start + length)].map((letter) => {
    if (!random.chance(errors)) return letter;
    return random.pick(["", "A", "C", "G", "T", "N", `${letter}${randomLetters(random, 1 + random.below(3))}`]);
  });
  const read = letters.join("");
  return random.chance(0.5) ? reverseComplement(read) : read;
}

type Example = AlignCase & { genomePath: string; readsPath: string };

/** By the name kernel.json gives them. The genome of `lambda` is the project's own file. */
export function alignExamples(lambda: string): Record<string, Example> {
  const random = createRandom(11, 2, 3);
  const small = randomLetters(random, 700) + "N".repeat(30) + randomLetters(random, 770);
  const noReads = { reads: "", readsPath: "examples/none.fa" };
  const smallGenome = { genome: fasta("small", small), genomePath: "examples/small.fa" };
  const smallFile = { ...smallGenome, ...noReads };
  const reads = (count: number, length: () => number, errors: number): string[] =>
    Array.from({ length: count }, () => noisyRead(random, small, length(), errors));
  const palindrome = "ACGTTGCAAGCTTGCAACGT"; // equals its own reverse complement
  const unit = "GATTACAGATTC";
  const tiesGenome = `${unit}CCC${unit}TT${palindrome}GG${reverseComplement(unit)}AA${unit}AAAAAAAAAA${unit}`;
  const tiesFile = { genome: fasta("ties", tiesGenome), genomePath: "examples/ties.fa", ...noReads };
  const tiesReads = [
    unit,
    reverseComplement(unit),
    palindrome,
    "AAAAA",
    "TTTTT",
    `${unit}GGGGGGGG${unit}`, // its two halves score alike
    `${reverseComplement(unit)}CC${unit}`, // the strands score alike
    "GATTACATTACAGATTC",
    "ATATATATAT",
    "A",
  ];
  const lambdaLetters = lambda.split("\n").slice(1).join("");
  const oddGenome = "ACGTNNNNACGRYKACGTTTGAC";
  const oddReads = [
    "",
    "N",
    "A",
    "NNNNNNNN",
    "ACGTNNNNACG",
    "RYK",
    "acgtttgac",
    "AcGtTtGaC",
    `${randomLetters(random, 40)}${oddGenome}${randomLetters(random, 40)}`,
    reverseComplement("ACGTTTGAC"),
    "",
  ];
  return {
    probe: {
      input: alignInput(
        DEFAULT_SCORING,
        reads(24, () => 30 + random.below(60), 0.05),
      ),
      ...smallFile,
    },
    ties: { input: alignInput(DEFAULT_SCORING, tiesReads), ...tiesFile },
    "odd-reads": {
      input: alignInput(DEFAULT_SCORING, oddReads)
        .replace(">r3\n", ">r3 some words\n")
        .replace("ACGTNNNN", "ACGT\nNNNN"),
      genome: `>odd genome\nACGTNNnn\nacgrykACGTTTGAC`,
      genomePath: "examples/odd.fa",
      ...noReads,
    },
    "free-mismatch": {
      input: alignInput({ match: 1, mismatch: 0, gapOpen: 0, gapExtend: 1 }, tiesReads),
      ...tiesFile,
    },
    // A mismatch costs more than a gap on either side: gaps follow one another directly.
    "only-gaps": {
      input: alignInput(
        { match: 3, mismatch: -1000, gapOpen: 1, gapExtend: 1 },
        reads(6, () => 60, 0.1),
      ),
      ...smallFile,
    },
    // Scores pass 255, where lanes of bytes end, and come back.
    "high-scores": {
      input: alignInput(
        { match: 5, mismatch: -4, gapOpen: 8, gapExtend: 1 },
        reads(10, () => 120, 0.03),
      ),
      ...smallFile,
    },
    words: {
      input: alignInput(
        { match: 32, mismatch: -40, gapOpen: 200, gapExtend: 3 },
        reads(10, () => 80, 0.06),
      ),
      ...smallFile,
    },
    lambda: {
      input: alignInput(DEFAULT_SCORING, [
        noisyRead(random, lambdaLetters, 60, 0.05),
        noisyRead(random, lambdaLetters, 50, 0.03),
      ]),
      genome: lambda,
      genomePath: "genome/lambda_phage.fa",
      ...noReads,
    },
    "reads-file": {
      input: scoringLine({ match: 3, mismatch: -7, gapOpen: 8, gapExtend: 4 }),
      ...smallGenome,
      reads: readsFile(reads(20, () => 30 + random.below(90), 0.06)),
      readsPath: "examples/reads.fa",
    },
  };
}

/** A random case: few letters make ties, large genomes have several chunks, large scores leave the bytes. */
export function randomAlignCase(random: Random): AlignCase {
  const alphabet = "ACGT".slice(0, 1 + random.below(4)) + (random.chance(0.3) ? "N" : "");
  const large = random.chance(0.15);
  const genome = randomLetters(random, random.below(large ? 6000 : 200), alphabet);
  const read = (): string => {
    if (genome.length > 10 && random.chance(0.6))
      return noisyRead(random, genome, 1 + random.below(large ? 300 : 60), 0.08);
    return randomLetters(random, random.chance(0.2) ? random.below(3) : random.below(large ? 200 : 80), alphabet);
  };
  const reads = Array.from({ length: random.below(12) }, read);
  const scoring = {
    match: random.chance(0.7) ? 1 + random.below(3) : 1 + random.below(32),
    mismatch: -(random.chance(0.7) ? random.below(6) : random.below(1001)),
    gapOpen: random.chance(0.7) ? random.below(8) : random.below(1001),
    gapExtend: random.chance(0.7) ? 1 + random.below(4) : 1 + random.below(1000),
  };
  const files = { genome: fasta("random", genome), reads: readsFile(reads) };
  if (random.chance(0.5)) return { ...files, input: scoringLine(scoring) };
  return { ...files, input: alignInput(scoring, reads), reads: "" };
}
