import { globSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { KNOWN_PROBLEMS, KNOWN_PROPOSALS, KNOWN_REMEDIES } from "../../app/lib/known-faults.ts";
import { recognised } from "../../app/lib/known-sentences.ts";
import { kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import { inProject } from "../../server/paths.ts";

/** What the checker of kernel packages says, against what pages of other languages know of it. */

const FILES = [
  "worker/compute/*.ts",
  "worker/compute/{package,prove}/*.ts",
  "worker/hosts/node/read-in-thread.ts",
  "server/app-version/publish-app-version.ts",
  "server/core/wire/kernel-manifest.ts",
];
const source = FILES.flatMap((glob) => globSync(glob, { cwd: inProject(".") }))
  .map((file) => readFileSync(inProject(file), "utf8"))
  .join("\n");

const TEXT = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;
/** As it reads with a number where something is filled in. */
const filled = (text: string) =>
  text
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "7")
    .replaceAll(/\\(["'`])/g, "$1")
    .replaceAll("\\\\", "\\");
const textsIn = (text: string) => [...text.matchAll(TEXT)].map(([, a, b, c]) => filled(a ?? b ?? c ?? ""));

/** Sentences that are put together of two texts. */
const joined = (text: string) => [
  text,
  `this name ${text}`,
  `this file ${text}`,
  `this is ${text}`,
  `@group(7) @binding(7): this group ${text}`,
  `the key "x" ${text}`,
  `7 on 7${text} does not give its known answer: 7`,
  `7 ${text} differ, the first is byte 7`,
  `${text}: correct the kernel`,
  text
    .replace("@group(7) @binding(7), which", "@group(0) @binding(7), which")
    .replace(/^7( is var)/, "@group(0) @binding(7)$1"),
];
const said = new Set(textsIn(source).flatMap(joined));

/** What zod says of kernel.json by itself. */
const byZod = [
  {},
  {
    format: 2,
    name: 3,
    backends: { wasm: { module: "m", maxMemoryPages: 9_000_000, more: 1 } },
    limits: { inputBytes: -1 },
  },
  { examples: [], exactness: "sometimes", comparator: { type: "tolerant" }, output: { format: "tea" } },
].flatMap((manifest) => {
  const parsed = kernelManifestSchema.safeParse(manifest);
  return parsed.success ? [] : parsed.error.issues;
});
for (const { path, message } of byZod) said.add(message).add(`${path.join(".")}: ${message}`);
// What is filled in is no number there.
const refilled = (text: string, ...values: string[]) => {
  if (said.has(text)) for (const value of values) said.add(text.replace(/7$/, value));
};
refilled("this is no 7", "integer", "number");
refilled("7=7: 7", "the least is 3");
refilled("raise maxMemoryPages, or 7", [...said].find((text) => text.startsWith("C, Rust: link with")) ?? "");
refilled("the key 7 7", "is not allowed", "is given twice");

describe.each([
  ["problem", KNOWN_PROBLEMS],
  ["remedy", KNOWN_REMEDIES],
  ["proposal", KNOWN_PROPOSALS],
] as const)("a %s", (_what, known) => {
  it.each(known.map(({ key, pattern }) => [key, pattern] as const))(
    "that is translated as %s is said",
    (_key, pattern) => {
      expect([...said].filter((sentence) => pattern.test(sentence))).not.toEqual([]);
    },
  );
});

/** Names and code of the languages that kernels are written in: the same everywhere. */
const NOT_WORDS = /^(C: __attribute__|AssemblyScript: asc --use abort=$|7?$)/;
/** Put together of what is looked at by itself. */
const JOINED = /\$\{|^(this (name|file|is)|7: this group) 7$/;

describe("what the checker says", () => {
  test("as a remedy is known", () => {
    const remedies = [...source.matchAll(/remedy(?::| =)\s*(?=["'`])/g)].flatMap(({ index, 0: { length } }) =>
      textsIn(source.slice(index + length).split("\n", 1)[0] ?? "").slice(0, 1),
    );
    expect(remedies.length).toBeGreaterThan(30);
    expect(remedies.filter((text) => !NOT_WORDS.test(text) && recognised(KNOWN_REMEDIES, text) === null)).toEqual([]);
  });

  test("as a problem is known", () => {
    const problems = [...source.matchAll(/problem(?::| =)\s*(?=["'`])/g)].flatMap(({ index, 0: { length } }) =>
      textsIn(source.slice(index + length).split("\n", 1)[0] ?? "").slice(0, 1),
    );
    expect(problems.length).toBeGreaterThan(30);
    const known = (text: string) => joined(text).some((one) => recognised(KNOWN_PROBLEMS, one) !== null);
    expect(problems.filter((text) => !NOT_WORDS.test(text) && !JOINED.test(text) && !known(text))).toEqual([]);
  });

  test("of kernel.json is known, whatever is wrong with it", () => {
    expect(byZod.length).toBeGreaterThan(10);
    expect(byZod.map(({ message }) => message).filter((text) => recognised(KNOWN_PROBLEMS, text) === null)).toEqual([]);
  });
});
