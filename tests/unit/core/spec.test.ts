import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** SPEC.md, the code and the tests name the same rules. */
const CORE = new URL("../../../server/core/", import.meta.url);
const spec = readFileSync(new URL("replication/SPEC.md", CORE), "utf8");
const rules = [...spec.matchAll(/^- \*\*(S\d+)\*\* /gm)].map((match) => match[1] ?? "");

/** What is cited in a text: S7, and S6-S10 for all of them. */
function cited(text: string): string[] {
  return [...text.matchAll(/\bS(\d+)(?:-S(\d+))?\b/g)].flatMap(([, first, last]) => {
    const from = Number(first);
    const to = Number(last ?? first);
    return Array.from({ length: to - from + 1 }, (_, index) => `S${from + index}`);
  });
}

function filesUnder(folder: URL, ending: string): URL[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return filesUnder(new URL(`${entry.name}/`, folder), ending);
    return entry.name.endsWith(ending) ? [new URL(entry.name, folder)] : [];
  });
}

/** Titles of test, test.each and of cases: every string that starts with citations. */
function titles(source: string): string {
  return [...source.matchAll(/["`]((?:\[R\d{3}\.\d+\] ?)*(?:S\d+ ?)+)/g)].map((match) => match[1]).join("\n");
}

const testFiles = filesUnder(new URL("./", import.meta.url), ".test.ts");
const tested = new Set(testFiles.flatMap((file) => cited(titles(readFileSync(file, "utf8")))));
const coded = new Set(
  filesUnder(CORE, ".ts")
    .filter((file) => !file.pathname.includes("/comparators/"))
    .flatMap((file) => cited(readFileSync(file, "utf8"))),
);

describe("the rule book", () => {
  test("numbers its rules S1, S2... in order", () => {
    expect(rules).toEqual(Array.from({ length: rules.length }, (_, index) => `S${index + 1}`));
    expect(rules.length).toBeGreaterThan(70);
  });

  test("every rule has a test that names it", () => {
    expect(rules.filter((rule) => !tested.has(rule))).toEqual([]);
  });

  test("no test names a rule that does not exist", () => {
    expect([...tested].filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  test("every rule is named where the code carries it out, and no other is", () => {
    expect(rules.filter((rule) => !coded.has(rule))).toEqual([]);
    expect([...coded].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});
