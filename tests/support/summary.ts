import { appendFileSync } from "node:fs";

/** One finished check, as a suite's reporter tells it to the runner of all suites: one JSON object per line. */
export type Outcome = { state: "passed" | "failed" | "skipped"; title: string; reason?: string };

/** The file the runner reads; a suite that is run by hand has none. */
const file = process.env["QUORATE_TEST_OUTCOMES"];

export function tellOutcome(outcome: Outcome): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(outcome)}\n`);
}
