import { describe, expect, test } from "vitest";
import { alignOracle, bestPlace, reverseComplement } from "../../oracles/align.ts";

const HEADER = "read,score,strand,genome_start,genome_end,read_start,read_end\n";

function alignOne(read: string, genome: string, scoring = "match=2 mismatch=-3 gap_open=5 gap_extend=2"): string {
  const csv = alignOracle(`${scoring}\n>r\n${read}\n`, `>g\n${genome}\n`);
  expect(csv.startsWith(HEADER)).toBe(true);
  return csv.slice(HEADER.length).trimEnd();
}

describe("published examples", () => {
  test("the worked example of the Wikipedia article: GTT-AC on GTTGAC, score 13", () => {
    const scoring = "match=3 mismatch=-3 gap_open=0 gap_extend=2";
    expect(alignOne("TGTTACGG", "GGTTGACTA", scoring)).toBe("r,13,+,1,7,1,6");
  });

  test("Smith and Waterman 1981, scores times three: GCCATTG on GCC-TCG, score 10/3", () => {
    const scoring = { match: 3, mismatch: -1, gapOpen: 3, gapExtend: 1 };
    const place = { score: 10, genomeStart: 2, genomeEnd: 8, readStart: 3, readEnd: 10 };
    expect(bestPlace("AATGCCATTGACGG", "CAGCCTCGCTTAG", scoring)).toEqual(place);
  });
});

describe("rules of the task", () => {
  test("a gap of length k costs g + k*e", () => {
    expect(alignOne("AACCGGTTACGT", "AACCGGTTACGT")).toBe("r,24,+,0,12,0,12");
    expect(alignOne("ACGTACGTACAACCGGTTAC", "ACGTACGTACTTTAACCGGTTAC")).toBe(`r,${40 - 5 - 3 * 2},+,0,23,0,20`);
  });

  test("a gap may follow a gap when that is cheaper than mismatches", () => {
    expect(alignOne("AAAAAGCCCCC", "AAAAATCCCCC", "match=2 mismatch=-50 gap_open=1 gap_extend=1")).toBe(
      "r,16,+,0,11,0,11",
    );
  });

  test("the reverse complement is found; the read's positions are those of the read as given", () => {
    const genome = "TTTTTTTTACGGATCCATTTTTTTT";
    expect(alignOne(reverseComplement("ACGGATCCA"), genome)).toBe("r,18,-,8,17,0,9");
    expect(alignOne(`GGGG${reverseComplement("ACGGATCCA")}G`, genome)).toBe("r,18,-,8,17,4,13");
  });

  test("ties: forward strand first, then the smallest genome end", () => {
    expect(alignOne("ACGT", "TTACGTTTACGTTT")).toBe("r,8,+,2,6,0,4");
  });

  test("ties: then the smallest read end", () => {
    expect(alignOne("ACAAC", "GACG")).toBe("r,4,+,1,3,0,2");
    expect(alignOne("GTTGT", "GACG")).toBe("r,4,-,1,3,3,5"); // the smallest along the reverse complement ACAAC
  });

  test("ties: then the largest genome start and the largest read start", () => {
    // C-TGG from the start scores 3 - 1 as well; the later start is reported.
    const scoring = "match=1 mismatch=-1 gap_open=0 gap_extend=1";
    expect(alignOne("CGG", "CTGG", scoring)).toBe("r,2,+,2,4,1,3");
  });

  test("score 0: strand * and four zeros; letters but A, C, G, T match nothing", () => {
    expect(alignOne("NNNN", "NNNNACGT")).toBe("r,0,*,0,0,0,0");
    expect(alignOne("", "ACGT")).toBe("r,0,*,0,0,0,0");
    expect(alignOne("ACNGT", "ACNGT")).toBe("r,5,+,0,5,0,5");
    expect(alignOne("acgt", "aCGt")).toBe("r,8,+,0,4,0,4");
  });

  test("input that does not have the agreed form is refused", () => {
    const genome = ">g\nACGT\n";
    expect(() => alignOracle("match=2\n>r\nA\n", genome)).toThrow("not a scoring line");
    expect(() => alignOracle("match=2 mismatch=-3 gap_open=5 gap_extend=0\n>r\nA\n", genome)).toThrow("gap_extend");
    expect(() => alignOracle("match=2 mismatch=-3 gap_open=5 gap_extend=2\n>r,x\nA\n", genome)).toThrow("name");
    expect(() => alignOracle("match=2 mismatch=-3 gap_open=5 gap_extend=2\nACGT\n", genome)).toThrow("before its name");
  });
});

type Scoring = Parameters<typeof bestPlace>[2];
type Found = NonNullable<ReturnType<typeof bestPlace>>;

/** Scores every alignment of every pair of segments, column by column, and keeps the best by the rules for ties. */
function bestOfAllAlignments(read: string, genome: string, s: Scoring): Found | null {
  let best: Found | null = null;
  const grow = (start: [number, number], i: number, j: number, score: number, last: string): void => {
    const found = { score, genomeStart: start[0], genomeEnd: i, readStart: start[1], readEnd: j };
    if (last !== "" && score > 0 && (best === null || comesBefore(found, best))) best = found;
    if (i < genome.length) grow(start, i + 1, j, score - s.gapExtend - (last === "g" ? 0 : s.gapOpen), "g");
    if (j < read.length) grow(start, i, j + 1, score - s.gapExtend - (last === "r" ? 0 : s.gapOpen), "r");
    if (i < genome.length && j < read.length) {
      const same = genome[i] === read[j] && genome[i] !== "N";
      grow(start, i + 1, j + 1, score + (same ? s.match : s.mismatch), "p");
    }
  };
  for (let i = 0; i <= genome.length; i++) for (let j = 0; j <= read.length; j++) grow([i, j], i, j, 0, "");
  return best;
}

function comesBefore(a: Found, b: Found): boolean {
  if (a.score !== b.score) return a.score > b.score;
  if (a.genomeEnd !== b.genomeEnd) return a.genomeEnd < b.genomeEnd;
  if (a.readEnd !== b.readEnd) return a.readEnd < b.readEnd;
  if (a.genomeStart !== b.genomeStart) return a.genomeStart > b.genomeStart;
  return a.readStart > b.readStart;
}

function randomNumbers(seed: number): (below: number) => number {
  let state = BigInt(seed) * 2n + 1n;
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(below));
  };
}

test("every alignment of 800 pairs of tiny sequences, enumerated: same score, same place", () => {
  const random = randomNumbers(7);
  const letters = ["A", "C", "A", "C", "G", "N"];
  let mapped = 0;
  for (let round = 0; round < 800; round++) {
    const draw = (length: number) => Array.from({ length }, () => letters[random(letters.length)]).join("");
    const scoring = {
      match: random(4),
      mismatch: random(6) - 4,
      gapOpen: random(4),
      gapExtend: 1 + random(2),
    };
    const read = draw(random(6));
    const genome = draw(1 + random(6));
    const expected = bestOfAllAlignments(read, genome, scoring);
    if (expected !== null) mapped += 1;
    expect({ read, genome, scoring, place: bestPlace(read, genome, scoring) }).toEqual({
      read,
      genome,
      scoring,
      place: expected,
    });
  }
  expect(mapped).toBeGreaterThan(400);
});
