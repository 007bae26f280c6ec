import { strategyOf } from "./policies/policy.ts";
import type { Poll } from "./policies/strategy.ts";
import { isUnresolved, remaining, tally } from "./results.ts";
import type { State, WorkunitError } from "./types.ts";

/** S6-S10: every limit that is exceeded in this pass, in the order of their names. */
export function exceededLimits({ workunit, results }: State, { poll }: { poll: Poll }): WorkunitError[] {
  const counts = tally(results);
  const exceeded: WorkunitError[] = [];
  if (counts.errors > workunit.maxErrorResults) exceeded.push("too_many_errors");
  const unresolved = counts.successes.filter(isUnresolved).length;
  if (workunit.maxSuccessResults > 0 && unresolved > workunit.maxSuccessResults) exceeded.push("too_many_success");
  const possible = counts.unsent + counts.inProgress.length + remaining(workunit.maxTotalResults, counts.counted);
  const quorumPossible = poll.people + possible >= workunit.minQuorum;
  if (!quorumPossible || !strategyOf(workunit.policy).reachable(poll, possible)) exceeded.push("too_many_total");
  return exceeded;
}
