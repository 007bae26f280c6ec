import { describe, expect, it } from "vitest";
import {
  genomeLetters,
  LONGEST_READ,
  readsFile,
  reverseComplement,
  SHORTEST_READ,
  simulateReads,
} from "../../../server/examples/align-reads.ts";
import { createRandom } from "../../../server/examples/random.ts";

const random = createRandom(1);
const GENOME = Array.from({ length: 5000 }, () => random.pick(["A", "C", "G", "T"])).join("");

/** Letters that stand in both at the same place, when nothing was inserted or deleted before. */
function agreement(a: string, b: string): number {
  return [...a].filter((letter, index) => letter === b[index]).length / a.length;
}

describe("the reads of the example project", () => {
  const reads = [...simulateReads(GENOME, 7, 3000)];

  it("are a function of the set's number", () => {
    expect([...simulateReads(GENOME, 7, 3000)]).toEqual(reads);
    const others = [...simulateReads(GENOME, 8, 10)];
    expect(others.map((r) => r.letters)).not.toEqual(reads.slice(0, 10).map((r) => r.letters));
  });

  it("have 50 to 250 letters, all lengths", () => {
    const lengths = reads.map(({ letters }) => letters.length);
    expect(Math.min(...lengths)).toBe(SHORTEST_READ);
    expect(Math.max(...lengths)).toBe(LONGEST_READ);
    expect(new Set(lengths).size).toBe(LONGEST_READ - SHORTEST_READ + 1);
    expect(reads.every(({ letters }) => /^[ACGT]+$/.test(letters))).toBe(true);
  });

  it("are a twentieth random, the others from both strands of the whole genome", () => {
    const mapped = reads.filter(({ origin }) => origin !== null);
    expect(reads.length - mapped.length).toBeGreaterThan(100);
    expect(reads.length - mapped.length).toBeLessThan(200);
    const forward = mapped.filter(({ origin }) => origin?.strand === "+").length;
    expect(forward / mapped.length).toBeGreaterThan(0.45);
    expect(forward / mapped.length).toBeLessThan(0.55);
    const starts = mapped.map(({ origin }) => origin?.start ?? 0);
    expect(Math.min(...starts)).toBeLessThan(50);
    expect(Math.max(...starts)).toBeGreaterThan(4700);
  });

  it("begin as the genome does at their origin, and have substitutions, insertions and deletions", () => {
    let [same, longer, shorter, exact] = [0, 0, 0, 0];
    for (const { letters, origin } of reads) {
      if (origin === null) continue;
      const read = origin.strand === "+" ? letters : reverseComplement(letters);
      const source = GENOME.slice(origin.start, origin.end);
      if (agreement(read.slice(0, 20), source) > 0.8) same++;
      if (read.length > source.length) longer++;
      if (read.length < source.length) shorter++;
      if (read === source) exact++;
    }
    expect(same).toBeGreaterThan(2500);
    for (const some of [longer, shorter, exact]) expect(some).toBeGreaterThan(50);
  });

  it("make a FASTA file", () => {
    const lines = readsFile(GENOME, 7, 2).split("\n");
    expect(lines).toEqual([">7.0", reads[0]?.letters, ">7.1", reads[1]?.letters, ""]);
  });

  it("read a genome from FASTA", () => {
    expect(genomeLetters(">x y\nacgt\nAC\n")).toBe("ACGTAC");
  });
});
