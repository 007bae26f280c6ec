import { appendFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** One finished check, as a suite's reporter tells it to the runner of all suites: one JSON object per line. */
export type Outcome = {
  state: "passed" | "failed" | "skipped";
  title: string;
  /** Why it could not run, or how it failed. */
  reason?: string;
  /** The files whose process was lost while they ran: of some of their tests nobody knows. */
  lost?: string[];
};

/** The file the runner reads; a suite that is run by hand has none. */
const file = process.env["QUORATE_TEST_OUTCOMES"];

export function tellOutcome(outcome: Outcome): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(outcome)}\n`);
}

/** As much of an error's text as tells what failed and where; a summary is no place for the whole of it. */
const REASON_LINES = 25;

type Told = { readonly message?: string; readonly stack?: string; readonly cause?: unknown };

/** How something failed, as lines of plain text without the ways through libraries. */
export function reasonOf(errors: readonly Told[]): string {
  const lines = errors.flatMap(({ message = "", stack = "", cause }) => {
    const whole = stack.includes(message) ? stack : `${message}\n${stack}`;
    const behind =
      typeof cause === "object" && cause !== null && "message" in cause ? `\nbecause: ${cause.message}` : "";
    return stripVTControlCharacters(whole + behind).split("\n");
  });
  return lines
    .filter((line) => line.trim() !== "" && !/^\s+at .*(node_modules|node:|new Promise)/.test(line))
    .slice(0, REASON_LINES)
    .join("\n");
}
