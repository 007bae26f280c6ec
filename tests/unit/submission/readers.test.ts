import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvReader } from "../../../server/core/submission/csv.ts";
import { JsonLinesReader } from "../../../server/core/submission/json-lines.ts";
import type { Reader } from "../../../server/core/submission/reader.ts";
import { FastaReader, FastqReader } from "../../../server/core/submission/sequences.ts";
import { csvCell } from "../../../server/download/csv-cell.ts";

function readAll<T>(reader: Reader<T>, ...pieces: string[]) {
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}
const cut = (text: string, at: number[]) => {
  const places = [...new Set([0, ...at.map((each) => each % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => text.slice(places[index] ?? 0, end));
};

describe("CSV", () => {
  test.each([
    [
      "plain",
      "a,b\n1,2\n3,4\n",
      [
        { line: 2, value: { a: "1", b: "2" } },
        { line: 3, value: { a: "3", b: "4" } },
      ],
    ],
    ["no line end at the end, CRLF, a byte order mark", "\ufeffa,b\r\n1,2", [{ line: 2, value: { a: "1", b: "2" } }]],
    [
      "quotes, commas and lines inside",
      'a,b\n"x, ""y""","1\n2"\n5,6\n',
      [
        { line: 2, value: { a: 'x, "y"', b: "1\n2" } },
        { line: 4, value: { a: "5", b: "6" } },
      ],
    ],
    ["empty cells and empty lines", "a,b\n\n,\n", [{ line: 3, value: { a: "", b: "" } }]],
    [
      "a row too short names its line",
      "a,b\n1,2\n3\n",
      [
        { line: 2, value: { a: "1", b: "2" } },
        { line: 3, fault: "there are 1 cells, the header has 2" },
      ],
    ],
    ["a quote that never ends", 'a\n"x\ny', [{ line: 2, fault: "a quote is never closed" }]],
    [
      "text after a quote",
      'a\n"x"y\n2\n',
      [
        { line: 2, fault: "there is text after a closing quote; double the quotes inside a quoted cell" },
        { line: 3, value: { a: "2" } },
      ],
    ],
    ["two columns of one name", "a,a\n", [{ line: 1, fault: "two columns are called a" }]],
    ["nothing", "", [{ line: 1, fault: "there is no header line with the names of the columns" }]],
    ["a guarded formula comes back as it was", "a\n'=1+1\n", [{ line: 2, value: { a: "=1+1" } }]],
  ])("%s", (_name, text, expected) => {
    expect(readAll(new CsvReader(), text)).toEqual(expected);
  });

  test("cut anywhere it reads the same, and what was written comes back", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => !/^'[=+\-@\t\r]/.test(text));
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.nat(200), { maxLength: 5 }),
        fc.constantFrom("\n", "\r\n"),
        (values, places, end) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const text = ["a,b", ...values.map(([a, b]) => `${quoted(a)},${quoted(b)}`)].join(end);
          const read = readAll(new CsvReader(), ...cut(text, places));
          expect(read.map((each) => ("value" in each ? [each.value["a"], each.value["b"]] : each))).toEqual(values);
        },
      ),
    );
  });

  test("a formula that is exported does nothing in a spreadsheet, and is the same when submitted again", () => {
    for (const text of ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-5", "+5"]) {
      const cell = csvCell(text);
      expect(cell.replace(/^"/, "")).toMatch(/^(?:'|-\d)/);
      expect(readAll(new CsvReader(), `a\n${cell}\n`)).toEqual([expect.objectContaining({ value: { a: text } })]);
    }
  });
});

describe("JSON lines", () => {
  test("objects, empty lines, and what is wrong with which line", () => {
    const read = readAll(new JsonLinesReader(), '{"a":1}\n\n[1]\n{"a"', ":2}\nnonsense");
    expect(read).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 3, fault: "this is JSON, but no object {…}" },
      { line: 4, value: { a: 2 } },
      { line: 5, fault: expect.stringContaining("this is no JSON") },
    ]);
  });
});

describe("sequences", () => {
  test("FASTA: records as they stood, comments and empty lines gone, faults with their line", () => {
    const text = "ACGT\n>one first\nAC\nGT\n\n>two\n>three\nA1\n>four\r\nTT\r\n";
    expect(readAll(new FastaReader(), ...cut(text, [3, 17, 30]))).toEqual([
      { line: 1, fault: "a FASTA file begins with a line >name" },
      { line: 2, value: { name: "one", text: ">one first\nAC\nGT\n" } },
      { line: 6, fault: "the sequence two is empty" },
      { line: 8, fault: "a sequence holds letters, * and - only" },
      { line: 9, value: { name: "four", text: ">four\nTT\n" } },
    ]);
  });

  test("FASTQ: four lines a record, a quality line may begin with @", () => {
    const text = "@r1\nACGT\n+\n@III\n@r2\nAC\n+\nI\n@r3\nAC\n";
    expect(readAll(new FastqReader(), ...cut(text, [5, 20]))).toEqual([
      { line: 1, value: { name: "r1", text: "@r1\nACGT\n+\n@III\n" } },
      { line: 8, fault: "there must be as many qualities as letters in the sequence" },
      { line: 9, fault: "the file ends within a record of four lines" },
    ]);
  });
});

describe("input without an end", () => {
  const MIB = 1024 * 1024;
  /** So many pieces of a MiB each, as a reader is given them; nothing of it is kept here. */
  function fed<T>(
    reader: Reader<T>,
    { before, piece, pieces, after }: Record<"before" | "piece" | "after", string> & { pieces: number },
  ) {
    const read = reader.push(before);
    const filling = piece.repeat(MIB / piece.length);
    for (let index = 0; index < pieces; index += 1) read.push(...reader.push(filling));
    return [...read, ...reader.push(after), ...reader.end()];
  }

  test("a line that never ends is one fault, and what follows is read", () => {
    const read = fed(new JsonLinesReader(), {
      before: '{"a":1}\n{"b":"',
      piece: "x",
      pieces: 2_000,
      after: '"}\n{"a":3}\n',
    });
    expect(read).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, fault: expect.stringContaining("longer than 8 MiB") },
      { line: 3, value: { a: 3 } },
    ]);
    expect(readAll(new JsonLinesReader(), "x".repeat(9 * MIB))).toEqual([
      { line: 1, fault: expect.stringContaining("8 MiB") },
    ]);
  });

  test("a row that never ends, in a quoted cell or in ever more cells, is too", () => {
    const cell = fed(new CsvReader(), { before: 'a,b\n1,2\n"', piece: "x", pieces: 9, after: '",2\n5,6\n' });
    const cells = fed(new CsvReader(), { before: "a,b\n1,2\n", piece: "x,", pieces: 2, after: "x\n5,6\n" });
    for (const [read, why] of [
      [cell, "longer than 8 MiB"],
      [cells, "more than 1000 cells"],
    ] as const) {
      expect(read).toEqual([
        { line: 2, value: { a: "1", b: "2" } },
        { line: 3, fault: expect.stringContaining(why) },
        { line: 4, value: { a: "5", b: "6" } },
      ]);
    }
  });

  test("a sequence that never ends is too, in one line or in many", () => {
    for (const piece of ["ACGT", "ACGTACGTACGTACG\n"]) {
      const read = fed(new FastaReader(), { before: ">a\nAC\n>b\n", piece, pieces: 80, after: "\n>c\nGT\n" });
      expect(read.filter((each) => "value" in each).map((each) => each.value.name)).toEqual(["a", "c"]);
      expect(read.find((each) => "fault" in each)).toMatchObject({
        fault: expect.stringContaining("longer than 64 MiB"),
      });
    }
  });
});
