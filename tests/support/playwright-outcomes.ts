import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { reasonOf, tellOutcome } from "./summary.ts";

/** Tells the runner of all suites what became of each test; a skipped one with the reason it gave (`test.skip(true, reason)`). */
export default class OutcomesReporter implements Reporter {
  onTestEnd(test: TestCase, result: TestResult): void {
    const title = test.titlePath().filter(Boolean).join(" > ");
    if (["failed", "timedOut"].includes(result.status) && result.retry < test.retries) {
      // A busy machine may starve a browser once; that it did is said, and the second try decides.
      console.log(`failed once, tried again: ${title}\n${reasonOf(result.errors)}`);
      return;
    }
    const state = test.outcome() === "skipped" ? "skipped" : test.ok() ? "passed" : "failed";
    const skip = test.annotations.find((annotation) => annotation.type === "skip")?.description;
    const reason = state === "failed" ? reasonOf(result.errors) : skip;
    tellOutcome({ state, title, ...(reason !== undefined && { reason }) });
  }
}
