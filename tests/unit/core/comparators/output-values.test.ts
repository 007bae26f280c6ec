import { describe, expect, it } from "vitest";
import { numbersOf, parseOutput } from "../../../../server/core/replication/comparators/output-values.ts";
import { sayMalformation } from "../../../../server/core/replication/comparators/say-reason.ts";
import type { OutputSchema } from "../../../../server/core/wire/kernel-manifest.ts";
import { binary, binarySchema, text } from "./outputs.ts";

const csvSchema: OutputSchema = {
  format: "csv",
  columns: [
    { name: "read", type: "text" },
    { name: "score", type: "integer" },
    { name: "share", type: "number" },
  ],
};

function reasonOf(schema: OutputSchema, bytes: Uint8Array): string {
  const parsed = parseOutput(schema, bytes);
  return parsed.ok ? "" : sayMalformation(parsed.how);
}

describe("binary outputs", () => {
  it("reads header once and records to the end, little-endian and packed", () => {
    const parsed = parseOutput(
      binarySchema,
      binary({
        energy: -1.5,
        error: 0.25,
        records: [
          [0.5, -7],
          [2, 9],
        ],
      }),
    );
    if (!parsed.ok) throw new Error(sayMalformation(parsed.how));
    expect(parsed.values.rows).toBe(2);
    expect(numbersOf(parsed.values, "energy")).toEqual(Float64Array.of(-1.5));
    expect(numbersOf(parsed.values, "error")).toEqual(Float64Array.of(0.25));
    expect(numbersOf(parsed.values, "x")).toEqual(Float32Array.of(0.5, 2));
    expect(numbersOf(parsed.values, "n")).toEqual(Int32Array.of(-7, 9));
    expect(numbersOf(parsed.values, "nothing")).toBeNull();
  });

  it("reads every scalar type at any alignment, also from the middle of a larger buffer", () => {
    const schema: OutputSchema = {
      format: "binary",
      header: [
        { name: "a", type: "u8" },
        { name: "b", type: "u32" },
        { name: "c", type: "f64" },
      ],
      record: [],
    };
    const large = new Uint8Array(20);
    const bytes = large.subarray(3, 16);
    const view = new DataView(large.buffer, 3);
    view.setUint8(0, 255);
    view.setUint32(1, 0xfffffffe, true);
    view.setFloat64(5, Math.PI, true);
    const parsed = parseOutput(schema, bytes);
    if (!parsed.ok) throw new Error(sayMalformation(parsed.how));
    expect(parsed.values.header.map((column) => (column.kind === "number" ? column.values[0] : null))).toEqual([
      255,
      0xfffffffe,
      Math.PI,
    ]);
  });

  it.each([
    ["a header cut short", binary({}).subarray(0, 15), /fewer than the 16/],
    ["half a record", binary({ records: [[1, 2]] }).subarray(0, 20), /not whole records of 8/],
  ])("calls %s malformed", (_what, bytes, reason) => {
    expect(reasonOf(binarySchema, bytes)).toMatch(reason);
  });

  it("calls bytes after a header without records malformed", () => {
    const schema: OutputSchema = { format: "binary", header: [{ name: "a", type: "u8" }], record: [] };
    expect(reasonOf(schema, Uint8Array.of(1, 2))).toMatch(/1 bytes follow/);
    expect(reasonOf(schema, Uint8Array.of(1))).toBe("");
  });
});

describe("csv outputs", () => {
  it("reads typed columns, with or without the last line feed", () => {
    const bytes = text(["read,score,share", "r1,-12,2.5e-3", "r2,7,inf"]);
    for (const version of [bytes, bytes.subarray(0, bytes.length - 1)]) {
      const parsed = parseOutput(csvSchema, version);
      if (!parsed.ok) throw new Error(sayMalformation(parsed.how));
      expect(parsed.values.record.map((column) => Array.from<string | number>(column.values))).toEqual([
        ["r1", "r2"],
        [-12, 7],
        [0.0025, Infinity],
      ]);
    }
  });

  it.each([
    ["another header", ["read,score", "r1,1,1"], /first line/],
    ["a missing cell", ["read,score,share", "r1,1"], /line 2 has 2 cells/],
    ["a fraction as integer", ["read,score,share", "r1,1.5,1"], /score is no integer/],
    ["an integer beyond 2^53", ["read,score,share", "r1,9007199254740993,1"], /score is no integer/],
    ["hexadecimal", ["read,score,share", "r1,1,0x10"], /share is no number/],
    ["an empty number", ["read,score,share", "r1,1,"], /share is no number/],
    ["carriage returns", ["read,score,share\r", "r1,1,1\r"], /printable ASCII/],
    ["nothing at all", [], /first line/],
  ])("calls %s malformed", (_what, lines, reason) => {
    expect(reasonOf(csvSchema, text(lines))).toMatch(reason);
  });
});
