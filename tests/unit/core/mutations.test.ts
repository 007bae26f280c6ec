import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTATIONS } from "../../mutation/mutations.ts";

/** The fast part of `npm run mutate`: the list follows the code and leaves no rule out. */
const CORE = new URL("../../../server/core/", import.meta.url);

test("every rule of SPEC.md has a mutation", () => {
  const spec = readFileSync(new URL("replication/SPEC.md", CORE), "utf8");
  const rules = [...spec.matchAll(/^- \*\*(S\d+)\*\* /gm)].map((match) => match[1] ?? "");
  const mutated = new Set(MUTATIONS.map((mutation) => mutation.rule));
  expect(rules.filter((rule) => !mutated.has(rule))).toEqual([]);
  expect([...mutated].filter((rule) => !rules.includes(rule))).toEqual([]);
});

test("what a mutation replaces stands in the code exactly once, and the replacement differs", () => {
  const lost = MUTATIONS.filter(({ file, from, to }) => {
    const places = readFileSync(new URL(file, CORE), "utf8").split(from).length - 1;
    return places !== 1 || from === to;
  });
  expect(lost).toEqual([]);
});
