import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { KERNEL_SOURCES } from "../../server/cli/build-kernels.ts";
import { genomeLetters, readsFile as simulatedReads, simulateReads } from "../../server/examples/align-reads.ts";
import { alignScorings, type Scoring, scoringLine } from "../../server/examples/align-scorings.ts";
import { createRandom } from "../../server/examples/random.ts";
import { alignOracle } from "../oracles/align.ts";
import {
  type AlignCase,
  alignExamples,
  alignInput,
  fasta,
  noisyRead,
  randomAlignCase,
  randomLetters,
  whole,
} from "./align-cases.ts";
import { type BundledKernel, type KernelRun, openKernel } from "./wasm-driver.ts";

const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
const CASES = FULL ? 2000 : 100;
/** Simulated ones, enough for some random reads among them. */
const READS = 60;
/** Of the example project's: gaps and mismatches cost least. */
const MILDEST: Scoring = { match: 1, mismatch: -2, gapOpen: 1, gapExtend: 1 };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

let kernel: BundledKernel;
let lambda: string;
beforeAll(async () => {
  kernel = await openKernel("align");
  lambda = await readFile(join(KERNEL_SOURCES, "align/genome/lambda_phage.fa"), "utf8");
});

function begin({ input, genome, reads }: AlignCase): KernelRun {
  const run = kernel.instance();
  expect(run.init([input, genome, reads])).toBe(0);
  return run;
}

function answer(work: AlignCase, budget?: number): string {
  return text(begin(work).finish(budget));
}

describe("align", () => {
  it("its known answers are the reference's", async () => {
    const examples = Object.entries(alignExamples(lambda));
    expect(examples.map(([name]) => name)).toEqual(kernel.manifest.examples.map(({ name }) => name));
    for (const [name, example] of examples) {
      expect(text(await kernel.file(`examples/${name}.txt`)), name).toBe(example.input);
      expect(text(await kernel.file(example.genomePath)), name).toBe(example.genome);
      expect(text(await kernel.file(example.readsPath)), name).toBe(example.reads);
      expect(text(await kernel.file(`examples/${name}.csv`)), name).toBe(alignOracle(whole(example), example.genome));
    }
  }, 30_000);

  it(
    "equals the reference on random cases, for any budget, saved and loaded anywhere",
    () => {
      const random = createRandom(41, 7);
      for (let i = 0; i < CASES; i++) {
        const work = randomAlignCase(random);
        let run = begin(work);
        while (run.step(1 + random.below(5)) < 1) {
          if (!random.chance(0.3)) continue;
          const saved = run.save();
          run = begin(work);
          expect(run.load(saved)).toBe(0);
        }
        expect(text(run.output()), whole(work) + work.genome).toBe(alignOracle(whole(work), work.genome));
      }
    },
    FULL ? 600_000 : 60_000,
  );

  // One match score for each width of lanes; all of them where there is time, the reference is slow.
  it.each(FULL ? [1, 2, 5, 10, 11, 32] : [2, 11])(
    "leaves the bytes of a lane exactly, in one chunk and across its end: match %i",
    (match) => {
      const random = createRandom(5, 6);
      const genome = randomLetters(random, 2300);
      const reads = Array.from({ length: FULL ? 8 : 2 }, () => noisyRead(random, genome, FULL ? 500 : 190, 0.02));
      const acrossTheEnd = genome.slice(1950, 2150); // columns 0 to 2047 are the first chunk
      const scoring = { match, mismatch: -match, gapOpen: match, gapExtend: 1 };
      const work = { input: alignInput(scoring, [...reads, acrossTheEnd]), genome: fasta("g", genome), reads: "" };
      expect(answer(work)).toBe(alignOracle(work.input, work.genome));
    },
    FULL ? 120_000 : 30_000,
  );

  it("changes to 16-bit lanes in the middle of a chunk", () => {
    const random = createRandom(8, 8);
    const genome = randomLetters(random, 1200); // one chunk
    const reads = Array.from({ length: 8 }, () => randomLetters(random, 100));
    const scoring = { match: 5, mismatch: 0, gapOpen: 1, gapExtend: 1 }; // all lanes pass 255 after some 100 columns
    const work = { input: alignInput(scoring, reads), genome: fasta("g", genome), reads: "" };
    expect(answer(work)).toBe(alignOracle(work.input, work.genome));
  }, 30_000);

  it("goes on from a checkpoint within a group whose lanes were wide", () => {
    const random = createRandom(9, 9);
    const genome = randomLetters(random, 4200); // three chunks
    const reads = Array.from({ length: 8 }, (_, i) => genome.slice(1850 + 10 * i, 2350 + 10 * i));
    for (const match of [2, 9, 30]) {
      const scoring = { match, mismatch: -match, gapOpen: 2 * match, gapExtend: match };
      const work = { input: alignInput(scoring, reads), genome: fasta("g", genome), reads: "" };
      const expected = answer(work);
      expect(expected.split("\n")[1]).toBe(`r0,${500 * match},+,1850,2350,0,500`);
      for (const units of [1, 2, 3]) {
        const run = begin(work);
        run.step(units);
        const next = begin(work);
        expect(next.load(run.save())).toBe(0);
        expect(text(next.finish(1))).toBe(expected);
      }
    }
  });

  it("saves the same bytes whatever the budget", () => {
    const work = alignExamples(lambda)["lambda"] as AlignCase;
    const [one, many] = [begin(work), begin(work)];
    for (let i = 0; i < 20; i++) one.step(1);
    many.step(13);
    many.step(7);
    expect(many.save()).toEqual(one.save());
  });

  it("does no more units than its budget", () => {
    const run = begin(alignExamples(lambda)["lambda"] as AlignCase);
    const header = () => new Uint32Array(run.save().buffer, 0, 4);
    expect([...header()]).toEqual([26, 0, 0, 0]); // 24 chunks of the genome, 2 reads
    run.step(1);
    expect(header()[1]).toBe(1);
    run.step(5);
    expect(header()[1]).toBe(6);
    expect(run.step(1000)).toBe(1);
    expect(header()[1]).toBe(26);
  });

  it("finds the example project's reads where they come from, and no random one, whichever way they are scored", () => {
    const genome = genomeLetters(lambda);
    const simulated = [...simulateReads(genome, 3, READS)];
    const reads = simulatedReads(genome, 3, READS);
    for (const scoring of [MILDEST, ...alignScorings().slice(0, 2)]) {
      const lines = answer({ input: scoringLine(scoring), genome: lambda, reads })
        .split("\n")
        .slice(1, -1);
      for (const [index, { name, letters, origin }] of simulated.entries()) {
        const [found, score, strand, start, end] = (lines[index] ?? "").split(",");
        expect(found).toBe(name);
        if (origin === null) {
          expect(Number(score), name).toBeLessThan(20 * scoring.match);
          continue;
        }
        expect(strand, name).toBe(origin.strand);
        expect(Number(start), name).toBeGreaterThan(origin.start - letters.length);
        expect(Number(end), name).toBeLessThan(origin.end + letters.length);
      }
    }
  }, 30_000);

  it("aligns the reads of the file as it does those of the input", () => {
    const work = alignExamples(lambda)["probe"] as AlignCase;
    const [line = "", ...rest] = work.input.split(/(?<=\n)/);
    for (const blanks of ["", "\n", " \r\n\n"]) {
      expect(answer({ ...work, input: line + blanks, reads: rest.join("") })).toBe(answer(work));
      expect(answer({ ...work, reads: blanks })).toBe(answer(work));
    }
    expect(answer({ ...work, input: line.trimEnd(), reads: rest.join("") })).toBe(answer(work));
  });

  const GOOD = "match=2 mismatch=-3 gap_open=5 gap_extend=2\n";
  const GENOME = ">g\nACGT\n";
  const REFUSED: [why: string, input: string, genome: string, code: number][] = [
    ["nothing", "", GENOME, 3],
    ["another order", "mismatch=-3 match=2 gap_open=5 gap_extend=2\n>a\nA\n", GENOME, 3],
    ["a parameter too many", "match=2 mismatch=-3 gap_open=5 gap_extend=2 x=1\n>a\nA\n", GENOME, 3],
    ["match 0", "match=0 mismatch=-3 gap_open=5 gap_extend=2\n", GENOME, 4],
    ["match 33", "match=33 mismatch=-3 gap_open=5 gap_extend=2\n", GENOME, 4],
    ["mismatch 1", "match=2 mismatch=1 gap_open=5 gap_extend=2\n", GENOME, 4],
    ["mismatch -1001", "match=2 mismatch=-1001 gap_open=5 gap_extend=2\n", GENOME, 4],
    ["gap_open -1", "match=2 mismatch=-3 gap_open=-1 gap_extend=2\n", GENOME, 4],
    ["gap_extend 0", "match=2 mismatch=-3 gap_open=5 gap_extend=0\n", GENOME, 4],
    ["gap_extend huge", "match=2 mismatch=-3 gap_open=5 gap_extend=99999999999999999999\n", GENOME, 4],
    ["no name", `${GOOD}> a\nA\n`, GENOME, 5],
    ["a name with a comma", `${GOOD}>a,b\nA\n`, GENOME, 5],
    ["letters before a name", `${GOOD}ACGT\n`, GENOME, 5],
    ["a digit in a read", `${GOOD}>a\nAC1\n`, GENOME, 6],
    ["a gap in a read", `${GOOD}>a\nAC-T\n`, GENOME, 6],
    ["2001 letters", `${GOOD}>a\n${"A".repeat(2001)}\n`, GENOME, 7],
    ["100001 reads", `${GOOD}${">a\n".repeat(100_001)}`, GENOME, 8],
    ["a genome without a record", `${GOOD}>a\nA\n`, "ACGT\n", 9],
    ["two genomes", `${GOOD}>a\nA\n`, ">g\nA\n>h\nC\n", 9],
    ["an empty genome file", `${GOOD}>a\nA\n`, "", 9],
  ];
  it.each(REFUSED)("refuses %s", (_, input, genome, code) => {
    expect(kernel.instance().init([input, genome, ""])).toBe(code);
    // Where the reads stand makes no difference to what is wrong with them.
    const [line = "", ...rest] = input.split(/(?<=\n)/);
    expect(kernel.instance().init([line, genome, rest.join("")])).toBe(code);
  });

  it("refuses another number of files", () => {
    expect(kernel.instance().init([GOOD])).toBe(2);
    expect(kernel.instance().init([`${GOOD}>a\nA\n`, GENOME])).toBe(2);
  });

  it("refuses reads in both places", () => {
    expect(kernel.instance().init([`${GOOD}>a\nA\n`, GENOME, ">b\nA\n"])).toBe(12);
  });

  it.each([
    ["no reads", GOOD, GENOME],
    ["no letters in the genome", `${GOOD}>a\nACGT\n`, ">g\n"],
    ["2000 letters, more than the genome has", `${GOOD}>a\n${"ACGT".repeat(500)}\n`, GENOME],
    ["CRLF and blanks", `${GOOD.replace("\n", "\r\n")}\r\n>a b\r\nAC\r\nGT\r\n\r\n>b\r\nacgt`, ">g x\r\nAC\r\nGT\r\n"],
  ])("takes %s", (_, input, genome) => {
    expect(answer({ input, genome, reads: "" })).toBe(
      alignOracle(input.replaceAll("\r", ""), genome.replaceAll("\r", "")),
    );
  });

  it("refuses a checkpoint of another input, a cut one and one with impossible positions", () => {
    const work = alignExamples(lambda)["ties"] as AlignCase;
    const run = begin(work);
    run.step(1);
    const saved = run.save();
    expect(begin({ ...work, genome: work.genome.replace("GATTACA", "GATTACC") }).load(saved)).toBe(11);
    expect(begin({ ...work, input: work.input.replace("gap_open=5", "gap_open=6") }).load(saved)).toBe(11);
    expect(begin(work).load(saved.slice(0, -4))).toBe(11);
    const forged = saved.slice();
    new Uint32Array(forged.buffer)[forged.byteLength / 4 - 4] = 1_000_000; // a genome end
    expect(begin(work).load(forged)).toBe(11);
    const overdone = saved.slice();
    new Uint32Array(overdone.buffer)[1] = 1_000_000;
    expect(begin(work).load(overdone)).toBe(11);
    expect(begin(work).load(saved)).toBe(0);
  });
});
