import { describe, expect, test } from "vitest";
import {
  type Sweep,
  sweepCount,
  sweepProblems,
  sweepRows,
  sweepSchema,
} from "../../../server/core/submission/sweep.ts";
import {
  checkDraft,
  inputFault,
  jsonToDraft,
  rowMappingSchema,
  rowToDraft,
} from "../../../server/core/submission/to-draft.ts";
import type { InputSchema } from "../../../server/core/wire/kernel-manifest.ts";

const sweep = (input: unknown): Sweep => sweepSchema.parse(input);
const rows = (input: unknown) => [...sweepRows(sweep(input))];

describe("a sweep", () => {
  test("is every combination, the last parameter fastest", () => {
    const axes = { t: { kind: "range", from: 1, to: 1.2, step: 0.1 }, l: { kind: "list", values: ["a", "b"] } };
    expect(rows({ axes })).toEqual([
      { t: 1, l: "a" },
      { t: 1, l: "b" },
      { t: 1.1, l: "a" },
      { t: 1.1, l: "b" },
      { t: 1.2, l: "a" },
      { t: 1.2, l: "b" },
    ]);
    expect(sweepCount(sweep({ axes }))).toBe(6);
  });

  test("side by side instead of a product, seeds, and scales", () => {
    const axes = {
      x: { kind: "list", values: [1, 2] },
      seed: { kind: "seeds", count: 2, first: 7 },
      y: { kind: "list", values: [10, 20] },
    };
    expect(rows({ axes, together: [["x", "y"]] })).toEqual([
      { x: 1, seed: 7, y: 10 },
      { x: 1, seed: 8, y: 10 },
      { x: 2, seed: 7, y: 20 },
      { x: 2, seed: 8, y: 20 },
    ]);
    expect(
      rows({ axes: { v: { kind: "steps", from: 1, to: 1000, count: 4, scale: "logarithmic" } } }).map(
        (row) => row["v"],
      ),
    ).toEqual([1, 10, 100, 1000]);
    expect(rows({ axes: { v: { kind: "steps", from: 0, to: 1, count: 3 } } }).map((row) => row["v"])).toEqual([
      0, 0.5, 1,
    ]);
    expect(rows({ axes: { v: { kind: "range", from: 3, to: 1, step: -1 } } }).map((row) => row["v"])).toEqual([
      3, 2, 1,
    ]);
  });

  test.each([
    ["a step of nothing", { axes: { v: { kind: "range", from: 0, to: 1, step: 0 } } }, "the step is 0"],
    [
      "a step the wrong way",
      { axes: { v: { kind: "range", from: 0, to: 1, step: -1 } } },
      "the step leads away from the end",
    ],
    [
      "a logarithm of nothing",
      { axes: { v: { kind: "steps", from: 0, to: 1, count: 2, scale: "logarithmic" } } },
      "a logarithmic scale needs positive numbers",
    ],
    [
      "too much",
      { axes: { a: { kind: "seeds", count: 1000 }, b: { kind: "seeds", count: 101 } } },
      "these are 101000 combinations; a batch takes 100000",
    ],
    ["no parameter", { axes: {} }, "name at least one parameter"],
    [
      "a group of different lengths",
      { axes: { a: { kind: "seeds", count: 2 }, b: { kind: "seeds", count: 3 } }, together: [["a", "b"]] },
      "it has 3 values, a has 2",
    ],
    [
      "a group with a stranger",
      { axes: { a: { kind: "seeds", count: 2 } }, together: [["a", "b"]] },
      "there is no such parameter",
    ],
  ])("says what is wrong: %s", (_name, input, message) => {
    expect(sweepProblems(sweep(input)).map((problem) => problem.message)).toEqual([message]);
  });

  test("exactly the largest number is taken", () => {
    const axes = { a: { kind: "seeds", count: 1000 }, b: { kind: "seeds", count: 100 } };
    expect(sweepProblems(sweep({ axes }))).toEqual([]);
  });
});

const SCHEMA: InputSchema = {
  format: "key_values",
  keys: [
    { name: "size", type: "integer", least: 2, most: 64 },
    { name: "temperature", type: "number" },
    { name: "note", type: "text", optional: true },
  ],
};
const mapping = (input: unknown = {}) => rowMappingSchema.parse(input);

describe("what becomes of a row", () => {
  const row = { size: 8, temperature: 2.5, name: "first", other: "x" };
  test("lines key=value of the app's keys; the column name names it", () => {
    expect(rowToDraft({ line: 4, value: row }, 9, mapping(), SCHEMA)).toEqual({
      line: 4,
      value: { line: 4, name: "first", input: "size=8\ntemperature=2.5\n" },
    });
  });

  test("a column, a template, JSON, tags", () => {
    const draft = (input: unknown, extra = {}) =>
      rowToDraft({ line: 1, value: row }, 3, mapping({ input, ...extra }), undefined);
    expect(draft({ kind: "column", column: "other" })).toMatchObject({ value: { input: "x" } });
    expect(draft({ kind: "template", template: "{{{other}}} {size}" })).toMatchObject({ value: { input: "{x} 8" } });
    expect(draft({ kind: "json" }, { tagColumns: ["size"] })).toMatchObject({
      value: { input: JSON.stringify(row), tags: { size: 8 } },
    });
    expect(draft({ kind: "template", template: "{missing}" })).toEqual({
      line: 1,
      fault: "there is no column missing",
    });
    expect(draft({ kind: "column", column: "constructor" })).toEqual({
      line: 1,
      fault: "there is no column constructor",
    });
    expect(draft({ kind: "json" }, { nameColumn: "nope" })).toEqual({ line: 1, fault: "there is no column nope" });
  });

  test.each([
    ["size=8\ntemperature=1\n", null],
    ["size=8\n", "temperature is missing"],
    ["size=8\ntemperature=1\nwhat=2\n", "the app knows no what"],
    ["size=8.5\ntemperature=1\n", "size is 8.5; it must be a whole number"],
    ["size=1\ntemperature=1\n", "size is 1; it must be at least 2"],
    ["size=65\ntemperature=1\n", "size is 65; it must be at most 64"],
    ["size=8\nsize=9\ntemperature=1\n", "size is given twice"],
    ["size=8\ntemperature=hot\n", 'temperature is "hot", which is no number'],
    ["size=\ntemperature=1\n", 'size is "", which is no number'],
    ["nonsense\n", 'the line "nonsense" of the input is not key=value'],
  ])("%j", (text, fault) => {
    expect(inputFault(text, SCHEMA)).toBe(fault);
  });

  test("a line of JSON is a workunit where it has an input, and a row where it has none", () => {
    const read = (value: Record<string, unknown>) => jsonToDraft({ line: 2, value }, 5, mapping(), SCHEMA);
    expect(read({ input: { size: 4, temperature: 1 } })).toMatchObject({
      value: { name: "5", input: "size=4\ntemperature=1\n" },
    });
    expect(read({ size: 4, temperature: 1 })).toMatchObject({ value: { input: "size=4\ntemperature=1\n" } });
    expect(read({ size: [4], temperature: 1 })).toEqual({
      line: 2,
      fault: "size is neither text, nor a number, nor true or false",
    });
    expect(read({ input: "size=4\ntemperature=1", inputBase64: "" })).toMatchObject({
      fault: expect.stringContaining("exactly one"),
    });
    expect(read({ input: "size=4\ntemperature=1", surprise: 1 })).toMatchObject({
      fault: expect.stringContaining("surprise"),
    });
    expect(checkDraft({ line: 1, value: { inputSha256: "a".repeat(64) } }, SCHEMA)).toHaveProperty("value");
  });
});
