import { openBenchDatabases } from "./bench-databases.ts";
import { exchange } from "./exchange.ts";
import { governor } from "./governor.ts";
import { kernels } from "./kernels.ts";
import { describeMachine } from "./measure.ts";
import { type Bench, CannotRun, type Part } from "./part.ts";
import { raw } from "./raw.ts";
import { openRawSpeeds } from "./raw-speeds.ts";
import { submission } from "./submission.ts";
import { formatTable } from "./table.ts";
import { validated } from "./validated.ts";
import { volunteer } from "./volunteer.ts";

const PARTS: readonly Part[] = [kernels, raw, exchange, validated, submission, volunteer, governor];

export interface BenchFlags {
  /** Names of parts; empty: all of them. */
  readonly only: readonly string[];
  readonly seconds: number;
  readonly rows: number;
}

/**
 * Runs the parts one after the other and prints their tables. A part that cannot run says why and counts as nothing.
 * @returns the exit code: 1 when something was wrong (outputs differ, a part failed), 2 for a name that no part has.
 */
export async function runBench(flags: BenchFlags, print: (text: string) => void): Promise<number> {
  const unknown = flags.only.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) {
    print(`There is no part ${unknown}; there are: ${PARTS.map((part) => part.name).join(", ")}.`);
    return 2;
  }
  const wanted = PARTS.filter((part) => flags.only.length === 0 || flags.only.includes(part.name));
  print(["Machine:", ...describeMachine().map((line) => `  ${line}`)].join("\n"));
  print("  The load generator of every part runs on these same cores.");
  const databases = openBenchDatabases();
  const say = (line: string) => print(`  ... ${line}`);
  const rounds = { seconds: flags.seconds, rows: flags.rows };
  const bench: Bench = { ...rounds, say, databases, raw: openRawSpeeds(databases, rounds, say) };
  const release = onSignal(() => databases.close());
  try {
    const codes: number[] = [];
    for (const part of wanted) codes.push(await runPart(part, bench, print));
    return Math.max(...codes);
  } finally {
    release();
    await databases.close();
  }
}

async function runPart(part: Part, bench: Bench, print: (text: string) => void): Promise<number> {
  const began = performance.now();
  print(`\n=== ${part.name}: ${part.title}`);
  try {
    const { tables, notes, wrong = [] } = await part.run(bench);
    for (const table of tables) print(`\n${formatTable(table)}`);
    const said = notes.filter((note) => note !== "");
    if (said.length > 0) print(`\n${said.map((note) => `  ${note}`).join("\n")}`);
    for (const sentence of wrong) print(`  WRONG: ${sentence}`);
    print(`  (${((performance.now() - began) / 1000).toFixed(0)} s)`);
    return wrong.length > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof CannotRun) {
      print(`  could not run: ${error.message}`);
      return 0;
    }
    print(`  FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  }
}

/** Puts away what was started when the person presses Ctrl-C. Returns the function that stops listening. */
function onSignal(close: () => Promise<void>): () => void {
  const stop = () => void close().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  return () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  };
}
