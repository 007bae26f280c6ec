/**
 * `npm run mutate [S7 ...]`: breaks the core rule by rule, in a copy, and expects a test to fail each time. Without arguments every
 * mutation of mutations.ts is tried (about two seconds each). A survivor is a rule that no test holds: exit status 1.
 *
 * A list of our own instead of StrykerJS: it says which rule each change breaks, asks the tests that cite that rule first, and
 * leaves changes out that change nothing.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COPY = join(ROOT, ".build", "mutation", `${process.pid}`);

type Fate = "killed by its rule's test" | "killed by another test" | "SURVIVED";

function main(): number {
  const rules = process.argv.slice(2);
  const chosen = MUTATIONS.filter((mutation) => rules.length === 0 || rules.includes(mutation.rule));
  makeCopy();
  try {
    if (runTests([], "inherit") !== 0) throw new Error("the tests fail without any mutation");
    const survivors = chosen.filter((mutation) => {
      const fate = fateOf(mutation);
      console.log(`${fate.padEnd(26)} ${describeMutation(mutation)}`);
      return fate === "SURVIVED";
    });
    console.log(`${chosen.length} mutations, ${survivors.length} survived`);
    return survivors.length === 0 ? 0 : 1;
  } finally {
    rmSync(COPY, { recursive: true, force: true });
  }
}

function fateOf(mutation: Mutation): Fate {
  const path = join(COPY, "server/core", mutation.file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, mutated(text, mutation));
  try {
    if (runTests(["--testNamePattern", `\\b${mutation.rule}\\b`]) !== 0) return "killed by its rule's test";
    return runTests([]) !== 0 ? "killed by another test" : "SURVIVED";
  } finally {
    writeFileSync(path, text);
  }
}

/** Throws when the text to replace is not there exactly once: the list must follow the code. */
export function mutated(text: string, mutation: Mutation): string {
  const parts = text.split(mutation.from);
  if (parts.length !== 2) throw new Error(`${parts.length - 1} places in ${describeMutation(mutation)}`);
  return parts.join(mutation.to);
}

function describeMutation({ rule, file, from, to }: Mutation): string {
  return `${rule} ${file}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
}

function makeCopy(): void {
  mkdirSync(join(COPY, "tests/unit"), { recursive: true });
  for (const path of [
    "server/core",
    "tests/unit/core",
    "tests/oracles",
    "tests/timelines",
    "package.json",
    "tsconfig.base.json",
  ]) {
    mkdirSync(dirname(join(COPY, path)), { recursive: true });
    cpSync(join(ROOT, path), join(COPY, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(COPY, "node_modules"));
  const config = {
    test: {
      include: ["tests/unit/core/*.test.ts"],
      // The rule book's own test sees every change of a cited line; it proves nothing about behaviour.
      exclude: ["tests/unit/core/spec.test.ts", "tests/unit/core/mutations.test.ts"],
      isolate: false,
      maxWorkers: 1,
      passWithNoTests: true,
      testTimeout: 20_000,
    },
  };
  writeFileSync(join(COPY, "vitest.config.mjs"), `export default ${JSON.stringify(config)};\n`);
}

/** Exit status of vitest on the copy, up to the first failure; a run that hangs counts as a failure. */
function runTests(options: readonly string[], stdio: "ignore" | "inherit" = "ignore"): number {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const run = spawnSync(process.execPath, [vitest, "run", "--bail", "1", "--reporter", "dot", ...options], {
    cwd: COPY,
    stdio,
    timeout: 120_000,
  });
  return run.status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
