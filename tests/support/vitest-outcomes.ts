import type { Reporter, TestCase, TestModule } from "vitest/node";
import { tellOutcome } from "./summary.ts";

/** Tells the runner of all suites what became of each test; a skipped one with the note it gave (`ctx.skip(note)`). */
export default class OutcomesReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const title = `${test.module.relativeModuleId} > ${test.fullName}`;
    if (result.state === "pending") return;
    const reason = result.state === "skipped" ? result.note : undefined;
    tellOutcome({ state: result.state, title, ...(reason !== undefined && { reason }) });
  }

  /** A file that could not even be loaded is a failure of its own. */
  onTestModuleEnd(module: TestModule): void {
    if (module.errors().length > 0) tellOutcome({ state: "failed", title: module.relativeModuleId });
  }
}
