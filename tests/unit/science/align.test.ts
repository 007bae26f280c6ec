import { describe, expect, test } from "vitest";
import { addAlign, emptyAlign } from "../../../server/science/align.ts";

const HEADER = "read,score,strand,genome_start,genome_end,read_start,read_end\n";
const line = (match: number) => Buffer.from(`match=${match} mismatch=${-3 * match} gap_open=5 gap_extend=2\n`);

function picture(output: string, about: { input?: Buffer; tags?: Record<string, string | number> } = {}) {
  const { input = null, tags = {} } = about;
  const result = emptyAlign();
  addAlign(result, { workunitId: 1, input, tags, output: Buffer.from(HEADER + output) });
  return result;
}

describe("the picture of align", () => {
  test.each([
    [1, 29, 0],
    [1, 30, 1],
    [3, 89, 0],
    [3, 90, 1],
    [4, 119, 0],
    [4, 120, 1],
  ])("match %i: a read that scores %i counts %i times as mapped", (match, score, mapped) => {
    const output = `a,${score},+,0,100,0,100\n`;
    expect(picture(output, { input: line(match) })).toMatchObject({ reads: 1, mapped });
    expect(picture(output, { tags: { match } })).toMatchObject({ reads: 1, mapped });
    expect(picture(output, { input: line(match), tags: { match: 32 } })).toMatchObject({ reads: 1, mapped });
  });

  test("without the input and without tags a match counts 2", () => {
    expect(picture("a,59,+,0,100,0,100\nb,60,-,0,100,0,100\n")).toMatchObject({ reads: 2, mapped: 1 });
  });

  test("coverage is the mean over the letters of each part", () => {
    const { coverage, genomeLength } = picture("a,200,+,100,300,0,200\nb,200,-,250,350,0,100\nc,0,*,0,0,0,0\n");
    const width = genomeLength / coverage.length;
    const letters = coverage.reduce((sum, depth) => sum + depth * width, 0);
    expect(letters).toBeCloseTo(300);
    expect(coverage[0]).toBeCloseTo((width - 100) / width);
    expect(coverage.slice(3).every((depth) => depth === 0)).toBe(true);
  });
});
