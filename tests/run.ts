import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { inProject } from "../server/paths.ts";
import { ensureBrowser, NoBrowserError } from "./support/find-browser.ts";
import { ensureClang } from "./support/find-compilers.ts";
import type { Outcome } from "./support/summary.ts";

/**
 * `npm test [-- SUITE...]`: every suite (or those named), one after the other, each a process of its own with a printed
 * budget. What could not run is listed at the end; the last line is the sum of all. `npm run test:long` runs the same
 * files at full size.
 */

type Command = { name: string; args: string[] };
type Suite = {
  name: string;
  /** What it may take at the small size on two cores. All together: under 15 minutes. */
  budgetSeconds: number;
  commands: Command[];
  needsBrowser?: boolean;
  /** Left out unless it is named or everything runs at full size. */
  isLong?: boolean;
};

const bin = (name: string) => inProject(`node_modules/${name}`);
const vitest = (...projects: string[]): Command => ({
  name: `vitest ${projects.join(" ")}`,
  args: [
    bin("vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    `--reporter=${inProject("tests/support/vitest-outcomes.ts")}`,
    ...projects.flatMap((project) => ["--project", project]),
  ],
});

const SUITES: Suite[] = [
  {
    name: "check",
    budgetSeconds: 35,
    commands: [
      { name: "types", args: [bin("typescript/bin/tsc"), "-b", "tsconfig.realms.json"] },
      { name: "lint and format", args: [bin("@biomejs/biome/bin/biome"), "check", "."] },
      vitest("unit", "rules"),
    ],
  },
  { name: "db", budgetSeconds: 110, commands: [vitest("db")] },
  { name: "timelines", budgetSeconds: 22, commands: [vitest("timelines")] },
  { name: "kernels", budgetSeconds: 90, needsBrowser: true, commands: [vitest("kernels")] },
  { name: "published", budgetSeconds: 45, commands: [vitest("published")] },
  { name: "security", budgetSeconds: 25, commands: [vitest("security")] },
  { name: "start", budgetSeconds: 15, commands: [vitest("start")] },
  { name: "load", budgetSeconds: 105, commands: [vitest("load")] },
  {
    name: "e2e",
    budgetSeconds: 450,
    needsBrowser: true,
    commands: [{ name: "playwright", args: [bin("@playwright/test/cli.js"), "test"] }],
  },
  {
    name: "soak",
    budgetSeconds: 2_700,
    needsBrowser: true,
    isLong: true,
    commands: [{ name: "half an hour of several volunteers", args: [inProject("tests/soak/run-soak.ts")] }],
  },
];

const FULL_SIZE = process.env["QUORATE_TEST_SIZE"] === "full";
/** A suite that takes this many times its budget hangs; at full size there is no telling. */
const HANG_FACTOR = 4;

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`No suite called ${unknown.join(", ")}. There are: ${SUITES.map((suite) => suite.name).join(", ")}`);
    return 2;
  }
  const isWanted = ({ name, isLong = false }: Suite): boolean =>
    wanted.length === 0 ? FULL_SIZE || !isLong : wanted.includes(name);
  const suites = SUITES.filter(isWanted).filter(hasTests);
  const environment: NodeJS.ProcessEnv = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" };
  if (suites.some((suite) => suite.name === "kernels")) ensureClang(console.log);
  if (suites.some((suite) => suite.needsBrowser)) environment["CHROMIUM_PATH"] = ensureBrowser(console.log);
  await prepare();

  const outcomes: (Outcome & { suite: string })[] = [];
  const times: string[] = [];
  for (const suite of suites) {
    console.log(`\n=== ${suite.name} (budget ${suite.budgetSeconds} s)`);
    const began = performance.now();
    const result = await runSuite(suite, environment);
    const seconds = (performance.now() - began) / 1000;
    const over = !FULL_SIZE && seconds > suite.budgetSeconds ? "  OVER BUDGET" : "";
    times.push(`${suite.name.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s of ${suite.budgetSeconds} s${over}`);
    outcomes.push(...result.map((outcome) => ({ ...outcome, suite: suite.name })));
  }
  return report(outcomes, times);
}

/** What several suites need and none should wait for. */
async function prepare(): Promise<void> {
  const { generateClient } = await import("../server/database/generate-client.ts");
  await generateClient();
  const { buildKernels } = await import("../server/cli/build-kernels.ts");
  await buildKernels();
}

function hasTests(suite: Suite): boolean {
  const folder = inProject(`tests/${suite.name}`);
  if (suite.name === "check" || suite.name === "soak") return true;
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((path) => /\.(test|spec)\.tsx?$/.test(String(path)))
  );
}

async function runSuite(suite: Suite, environment: NodeJS.ProcessEnv): Promise<Outcome[]> {
  const folder = inProject(".build/test-outcomes");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${suite.name}.jsonl`);
  rmSync(file, { force: true });
  const limitMs = FULL_SIZE ? undefined : suite.budgetSeconds * HANG_FACTOR * 1000;
  const outcomesOf = async (command: Command): Promise<Outcome[]> => {
    const state = await run(command, { ...environment, QUORATE_TEST_OUTCOMES: file }, limitMs);
    const told = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    rmSync(file, { force: true });
    const outcomes = told.map((line) => JSON.parse(line) as Outcome);
    // A command without a reporter is one check; one that failed although all its tests passed has failed too.
    const explained = outcomes.some((outcome) => outcome.state === "failed");
    const unexplained = state === "failed" ? !explained : outcomes.length === 0;
    return unexplained ? [...outcomes, { state, title: command.name }] : outcomes;
  };
  const outcomes: Outcome[] = [];
  for (const command of suite.commands) {
    const first = await outcomesOf(command);
    const lost = process.env["CI"] === undefined ? [] : first.flatMap((outcome) => outcome.lost ?? []);
    if (lost.length === 0) outcomes.push(...first);
    else {
      // Where tests get a second try, so do those whose whole process was lost: a new one decides.
      console.log(`lost once, tried again: ${lost.join(" ")}`);
      const isOfLost = ({ title }: Outcome) =>
        lost.some((path) => title.startsWith(`${relative(inProject("."), path)} `));
      outcomes.push(...first.filter((outcome) => outcome.lost === undefined && !isOfLost(outcome)));
      outcomes.push(...(await outcomesOf({ ...command, args: [...command.args, ...lost] })));
    }
  }
  return outcomes;
}

function run(command: Command, environment: NodeJS.ProcessEnv, limitMs?: number): Promise<"passed" | "failed"> {
  const began = performance.now();
  const child = spawn(process.execPath, command.args, { cwd: inProject("."), env: environment, stdio: "inherit" });
  const timer =
    limitMs === undefined
      ? undefined
      : setTimeout(() => {
          console.error(`${command.name}: took more than ${limitMs / 1000} s and was ended.`);
          child.kill("SIGTERM");
        }, limitMs);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      console.log(
        `--- ${command.name}: ${code === 0 ? "ok" : "FAILED"} in ${((performance.now() - began) / 1000).toFixed(1)} s`,
      );
      resolve(code === 0 ? "passed" : "failed");
    });
  });
}

function report(outcomes: readonly (Outcome & { suite: string })[], times: readonly string[]): number {
  const count = (state: Outcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length;
  console.log(`\n=== times\n${times.join("\n")}`);
  const skipped = outcomes.filter((outcome) => outcome.state === "skipped");
  if (skipped.length > 0) console.log("\n=== could not run:");
  for (const { suite, title, reason } of skipped) console.log(`${suite}: ${title} (${reason ?? "no reason given"})`);
  const failed = outcomes.filter((outcome) => outcome.state === "failed");
  if (failed.length > 0) console.log("\n=== failed:");
  for (const { suite, title, reason = "" } of failed) {
    console.log(`${suite}: ${title}`);
    for (const line of reason.split("\n").filter(Boolean)) console.log(`    ${line}`);
  }
  console.log(`\n${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
  return failed.length > 0 ? 1 : 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof NoBrowserError ? error.message : error);
  process.exit(1);
}
