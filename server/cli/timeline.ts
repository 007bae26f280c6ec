import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DEFAULT_RULES, type Deps } from "../deps.ts";
import { UnreadableError } from "../storage/storage.ts";
import { checkExpectations } from "./timeline/check-expectations.ts";
import type { ReplayState } from "./timeline/load-state.ts";
import { parseTimeline } from "./timeline/parse-timeline.ts";
import { drawsOf, type Readability, Replay } from "./timeline/replay.ts";
import { openScratch, type Scratch } from "./timeline/scratch-database.ts";
import { type Action, type Step, type Timeline, TimelineError } from "./timeline/timeline-file.ts";

/** `npm run -s timeline -- [--trace] FILE...`: replays timelines through the real use cases (tests/timelines/FORMAT.md). */

type Verdict = { status: 0 | 1 | 2; line: string };
type Print = (line: string) => void;

async function replayFile(
  scratch: Scratch,
  { file, index }: { file: string; index: number },
  trace: Print | null,
): Promise<Verdict> {
  try {
    const timeline = parseTimeline(await readTimeline(file));
    const failure = await replayTimeline(scratch, { file, index, timeline }, trace);
    const name = timeline.setup.name ?? file;
    return failure === null ? { status: 0, line: `ok ${name}` } : { status: 1, line: `FAIL ${name}: ${failure}` };
  } catch (error) {
    if (!(error instanceof TimelineError)) throw error;
    return { status: 2, line: `ERROR ${file}: line ${error.line}: ${error.message}` };
  }
}

async function readTimeline(file: string): Promise<string> {
  try {
    // npm runs this in the project's folder, and says where it was called.
    return await readFile(resolve(process.env["INIT_CWD"] ?? process.cwd(), file), "utf8");
  } catch (error) {
    throw new TimelineError(1, `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`);
  }
}

/** @returns the first failure, or null. */
async function replayTimeline(
  scratch: Scratch,
  { file, index, timeline }: { file: string; index: number; timeline: Timeline },
  trace: Print | null,
): Promise<string | null> {
  const readability: Readability = { readable: true };
  const { storage } = scratch.deps;
  const deps: Deps = {
    ...scratch.deps,
    random: drawsOf(timeline.setup.draw),
    rules: { ...DEFAULT_RULES, network: false, quotas: false },
    storage: {
      ...storage,
      read: (key) =>
        readability.readable ? storage.read(key) : Promise.reject(new UnreadableError("unreadable for now")),
    },
  };
  const replay = new Replay(deps, { readability, index });
  await replay.begin(timeline);
  for (const step of timeline.steps) {
    const { failed, sent, state } = await perform(replay, step);
    trace?.(JSON.stringify(traceLine(file, step, { nowSeconds: replay.nowSeconds, failed, sent, state })));
    if (failed[0] !== undefined) return `line ${step.line}: ${failed[0]}`;
  }
  return null;
}

type Performed = { failed: string[]; sent: number | null; state: ReplayState };

async function perform(replay: Replay, step: Step): Promise<Performed> {
  const { action, line, atSeconds } = step;
  if (atSeconds !== null) await replay.moveClock(atSeconds);
  const before = await replay.state();
  for (const number of resultsNamed(action)) {
    if (number >= before.n) throw new TimelineError(line, `there is no result ${number}`);
  }
  const sent = await replay.perform(action);
  const state = await replay.state();
  if (action.type === "expect") return { failed: checkExpectations(state, action.expectations, line), sent, state };
  const isWrong = action.type === "send" && sent !== action.expected;
  const failed = isWrong ? [`send: expected ${action.expected ?? "none"}, is ${sent ?? "none"}`] : [];
  return { failed, sent, state };
}

function resultsNamed(action: Action): readonly number[] {
  if (action.type === "expire") return action.results;
  return "result" in action ? [action.result] : [];
}

function traceLine(file: string, step: Step, { nowSeconds, failed, sent, state }: Performed & { nowSeconds: number }) {
  const { canon, err, asm, q, target, n, files, cv } = state;
  const results = state.results.map(({ state: at, outcome, validation, creditMicro }) => ({
    state: at,
    outcome,
    validation,
    credit: creditMicro / 1e6,
  }));
  const shown = { canon, err, asm, q, target, n, files, results, cv, sent };
  return { file, line: step.line, step: step.text, nowSeconds, failed, state: shown };
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const files = args.filter((argument) => argument !== "--trace");
  const isTrace = args.includes("--trace");
  const unknown = files.find((argument) => argument.startsWith("--"));
  if (files.length === 0 || unknown !== undefined) {
    console.log("usage: npm run -s timeline -- [--trace] FILE...");
    return 2;
  }
  const scratch = await openScratch();
  try {
    let status = 0;
    for (const [index, file] of files.entries()) {
      const verdict = await replayFile(scratch, { file, index }, isTrace ? console.log : null);
      if (!isTrace || verdict.status === 2) console.log(verdict.line);
      status = Math.max(status, verdict.status);
    }
    return status;
  } finally {
    await scratch.close();
  }
}

// Prisma's schema engine keeps a timer: the process ends itself.
process.exit(await main());
