import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";
import { reasonOf, tellOutcome } from "./summary.ts";

/** How Vitest says that a process ended in the middle of files. */
const LOST = /Worker exited unexpectedly.* while running test files? (.+)$/m;

/** Tells the runner of all suites what became of each test; a skipped one with the note it gave (`ctx.skip(note)`). */
export default class OutcomesReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const title = `${test.module.relativeModuleId} > ${test.fullName}`;
    if (result.state === "pending") return;
    if (result.state === "passed" && (test.diagnostic()?.retryCount ?? 0) > 0) {
      // A busy machine may starve a process once; that it did is said, and the second try decides.
      console.log(`failed once, tried again: ${title}\n${reasonOf(result.errors ?? [])}`);
    }
    const reason = result.state === "skipped" ? result.note : reasonOf(result.errors ?? []);
    tellOutcome({ state: result.state, title, ...(reason && result.state !== "passed" && { reason }) });
  }

  /** A file that could not even be loaded is a failure of its own. */
  onTestModuleEnd(module: TestModule): void {
    const errors = module.errors();
    if (errors.length > 0) tellOutcome({ state: "failed", title: module.relativeModuleId, reason: reasonOf(errors) });
  }

  /** So is what no test was asked about: an error that nothing caught, a process that was lost. */
  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const error of unhandled) {
      const reason = reasonOf([error]);
      const lost = LOST.exec(reason)?.[1]?.split(", ");
      tellOutcome({ state: "failed", title: "an error that no test caught", reason, ...(lost && { lost }) });
    }
  }
}
