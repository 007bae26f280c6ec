import { Draft, note } from "./draft.ts";
import { judgeFailed, judgeOpen, judgeStragglers } from "./judge.ts";
import { overdue } from "./leases.ts";
import { exceededLimits } from "./limits.ts";
import { isUnderPressure } from "./policies/adaptive.ts";
import { remaining, tally } from "./results.ts";
import type { Action, Result, Verdicts, Workunit } from "./types.ts";

/**
 * What must happen to a workunit now. Pure, total and settled: after its actions are applied it answers nothing until time
 * passes, a report comes or a verdict is stored. `results` ascend by number; `verdicts` are `NO_VERDICTS` where nothing
 * but digests is compared. The S numbers are the sentences of SPEC.md.
 */
export function decide(
  workunit: Workunit,
  results: readonly Result[],
  verdicts: Verdicts,
  nowSeconds: number,
): Action[] {
  const draft = new Draft({ workunit, results, verdicts }, nowSeconds);
  giveUpOverdue(draft);
  if (draft.state.workunit.state === "open") decideOpen(draft);
  switch (draft.state.workunit.state) {
    case "open":
      releaseClass(draft);
      createResults(draft);
      break;
    case "completed":
      dropUnsent(draft);
      judgeStragglers(draft);
      break;
    case "failed":
      dropUnsent(draft);
      judgeFailed(draft);
      break;
  }
  return draft.actions;
}

/** S26, S29: deadlines and leases that ran out. */
function giveUpOverdue(draft: Draft): void {
  for (const result of draft.state.results) {
    if (result.state !== "in_progress") continue;
    const outcome = overdue(result, draft.now);
    if (!outcome) continue;
    draft.do({ type: "end_result", resultId: result.id, outcome });
    if (outcome === "noreply") draft.do(note(result, "noreply"));
  }
}

function decideOpen(draft: Draft): void {
  const opinion = judgeOpen(draft);
  if (opinion.kind === "accept") {
    const { canonicalId, rule, confirmedBy } = opinion;
    // S11: a reached quorum comes before every limit.
    draft.do({ type: "complete", canonicalId, rule, confirmedBy }, { type: "assimilation_due" });
    return;
  }
  if (opinion.kind === "wait") return;
  const errors = exceededLimits(draft.state, opinion);
  if (errors.length > 0) draft.do({ type: "fail", errors }, { type: "assimilation_due" });
}

/** S54: bound to a class in which everything was lost, a workunit is free again. */
function releaseClass(draft: Draft): void {
  const { workunit, results } = draft.state;
  if (workunit.homogeneityClass === null) return;
  const { inProgress, successes } = tally(results);
  if (inProgress.length + successes.length === 0) draft.do({ type: "set_class", homogeneityClass: null });
}

/** S5; S42: what is under deadline pressure does not count among the results that may still make the quorum. */
function createResults(draft: Draft): void {
  const { workunit, results } = draft.state;
  const { unsent, inProgress, successes, counted } = tally(results);
  const pressed = inProgress.filter((result) => isUnderPressure(workunit, result, draft.now)).length;
  const expected = unsent + inProgress.length + successes.length;
  const wanted = Math.max(0, workunit.targetNResults - expected, workunit.minQuorum - (expected - pressed));
  const count = Math.min(wanted, remaining(workunit.maxTotalResults, counted));
  if (count > 0) draft.do({ type: "create_results", count });
}

/** S20, S21: nobody needs what was not sent. */
function dropUnsent(draft: Draft): void {
  for (const result of draft.state.results) {
    if (result.state === "unsent") draft.do({ type: "end_result", resultId: result.id, outcome: "unneeded" });
  }
}
