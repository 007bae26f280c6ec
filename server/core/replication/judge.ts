import { creditMicro } from "../credit/cobblestones.ts";
import { CLEAR_DECISION_LEAD } from "../limits.ts";
import { agreement } from "./agreement.ts";
import { type Draft, grant, note } from "./draft.ts";
import { equalityGroups, type Groups, largestGroups } from "./groups.ts";
import { strategyOf } from "./policies/policy.ts";
import type { Poll } from "./policies/strategy.ts";
import { isSuccess, isUnresolved, resultById } from "./results.ts";
import type { AcceptanceRule, ResultId, State, SuccessResult, Validation } from "./types.ts";
import { judgedByVerifier, putToVerifier } from "./verifier.ts";

export type Opinion =
  | { kind: "accept"; canonicalId: ResultId; rule: AcceptanceRule; confirmedBy: readonly ResultId[] }
  /** A verdict is missing: nothing about the outputs can be decided, and no limit is final. */
  | { kind: "wait" }
  | { kind: "undecided"; poll: Poll };

/** S12-S18: is there a canonical result? Without one, the compared results become inconclusive and the target rises. */
export function judgeOpen(draft: Draft): Opinion {
  const verified = putToVerifier(draft);
  if (verified.kind !== "undecided") return verified;
  const { workunit, results, verdicts } = draft.state;
  const all = results.filter(isSuccess);
  const people = peopleBehind(workunit, all);
  const quorumExists = people >= workunit.minQuorum;
  if (quorumExists && askForVerdicts(draft, allPairs(all))) return { kind: "wait" };
  // Before the quorum is there nothing is compared; a verdict that is not known may turn out to be "yes".
  const agree = (a: SuccessResult, b: SuccessResult) => agreement(workunit, a, b, verdicts) !== "no";
  const successes = withoutRepetitions(workunit, all, agree);
  const groups = groupsOf(workunit, successes, agree);
  const members = groups.leader.flatMap((index) => successes[index] ?? []);
  const poll: Poll = {
    minQuorum: workunit.minQuorum,
    people,
    successes: successes.length,
    leader: workunit.homogeneity === "diverse" ? distinctClasses(members) : members.length,
    runnerUp: groups.runnerUp,
  };
  if (!quorumExists) {
    // S78: results enough, of too few people.
    if (all.length > people) raiseTarget(draft, all.length + workunit.minQuorum - people);
    return { kind: "undecided", poll };
  }
  const strategy = strategyOf(workunit.policy);
  const canonical = members[0];
  if (canonical && groups.runnerUp < groups.leader.length && strategy.accepts(poll)) {
    const confirmedBy = members.map((result) => result.id);
    return { kind: "accept", canonicalId: canonical.id, rule: strategy.rule(poll), confirmedBy };
  }
  for (const { id, validation } of all) {
    if (validation !== "init") continue;
    draft.do({ type: "judge", resultId: id, validation: "inconclusive", reason: "no_consensus" });
  }
  raiseTarget(draft, all.length + strategy.more(poll));
  return { kind: "undecided", poll };
}

function raiseTarget(draft: Draft, targetNResults: number): void {
  if (targetNResults > draft.state.workunit.targetNResults) draft.do({ type: "set_target", targetNResults });
}

/** S78: how many people computed these; results, where a user may have several. */
function peopleBehind({ onePerUser }: State["workunit"], successes: readonly SuccessResult[]): number {
  return onePerUser ? new Set(successes.map((result) => result.holder.userId)).size : successes.length;
}

/** S78: without results that agree with an earlier one of the same person, who would confirm themselves. */
function withoutRepetitions(
  { onePerUser }: State["workunit"],
  successes: readonly SuccessResult[],
  agree: (a: SuccessResult, b: SuccessResult) => boolean,
): readonly SuccessResult[] {
  if (!onePerUser) return successes;
  return successes.filter(
    (result, index) =>
      !successes.some((earlier, place) => place < index && isOfOnePerson(earlier, result) && agree(earlier, result)),
  );
}

function isOfOnePerson(a: SuccessResult, b: SuccessResult): boolean {
  return a.holder.userId === b.holder.userId;
}

function groupsOf(
  { comparison }: State["workunit"],
  successes: readonly SuccessResult[],
  agree: (a: SuccessResult, b: SuccessResult) => boolean,
): Groups {
  if (comparison === "digest") return equalityGroups(successes.map((result) => result.digest));
  return largestGroups(successes.length, (a, b) => {
    const [first, second] = [successes[a], successes[b]];
    return first !== undefined && second !== undefined && agree(first, second);
  });
}

/** S56: where classes must differ, two results of one class confirm each other no better than one. */
function distinctClasses(members: readonly SuccessResult[]): number {
  return new Set(members.map((result) => result.holder.deviceClass)).size;
}

/** S17: every success, earlier or later, is judged by comparison with the canonical result alone. */
export function judgeStragglers(draft: Draft): void {
  const { workunit, results } = draft.state;
  if (workunit.state !== "completed") return;
  const canonical = resultById(results, workunit.canonicalId);
  if (!isSuccess(canonical)) throw new Error(`canonical result ${canonical.id} is not a success`);
  const credit = creditMicro(workunit.flops);
  const judged = results
    .filter(isSuccess)
    .filter(isUnresolved)
    .map(
      (result) => ({ result, fits: result === canonical ? "yes" : fitsCanonical(draft, result, canonical) }) as const,
    );
  const known = results.flatMap((result): (Fit | Validation)[] =>
    result.state === "over" && result.outcome === "ok"
      ? [judged.find((one) => one.result === result)?.fits ?? result.validation]
      : [],
  );
  const isWeak = leadOf(known) < CLEAR_DECISION_LEAD;
  for (const { result, fits } of judged) {
    if (fits === "yes") {
      const reason = result === canonical ? "canonical" : "matches_canonical";
      draft.do(
        { type: "judge", resultId: result.id, validation: "valid", reason },
        grant(result, credit),
        note(result, workunit.minQuorum > 1 ? "valid_replicated" : "valid_single"),
      );
    } else if (fits === "no") {
      draft.do(
        { type: "judge", resultId: result.id, validation: "invalid", reason: "mismatch" },
        note(result, isWeak ? "outvoted" : "invalid"),
      );
    } else if (fits === "refuted") {
      draft.do(
        { type: "judge", resultId: result.id, validation: "invalid", reason: "mismatch" },
        note(result, "invalid"),
      );
    }
  }
}

/** S80: how many more results stand for the canonical output than against it. */
function leadOf(known: readonly (Fit | Validation)[]): number {
  const count = (...answers: (Fit | Validation)[]) => known.filter((one) => answers.includes(one)).length;
  return count("yes", "valid") - count("no", "refuted", "invalid");
}

/** Whether a success fits the canonical result; refuted: its app's verifier rejects it, which no vote could make less certain. */
type Fit = "yes" | "no" | "refuted" | "wait";

function fitsCanonical(draft: Draft, result: SuccessResult, canonical: SuccessResult): Fit {
  const byVerifier = judgedByVerifier(draft, result);
  if (byVerifier === "no") return "refuted";
  if (byVerifier !== "not_its_matter") return byVerifier;
  if (askForVerdicts(draft, [[canonical, result]])) return "wait";
  return agreement(draft.state.workunit, canonical, result, draft.state.verdicts) === "yes" ? "yes" : "no";
}

/** S23, S24: no result of a failed workunit is valid, but those that somebody agrees with get their credit. */
export function judgeFailed(draft: Draft): void {
  const { results } = draft.state;
  for (const result of results) {
    if (!isSuccess(result) || !isUnresolved(result)) continue;
    draft.do({ type: "judge", resultId: result.id, validation: "nocheck", reason: "workunit_failed" });
  }
  const unchecked = draft.state.results.filter(isSuccess).filter((result) => result.validation === "nocheck");
  const unpaid = unchecked.filter((result) => result.creditMicro === null);
  askForVerdicts(
    draft,
    allPairs(unchecked).filter((pair) => pair.some((result) => result.creditMicro === null)),
  );
  const { workunit, verdicts } = draft.state;
  for (const result of unpaid) {
    const agreed = unchecked.some(
      (other) =>
        other !== result &&
        !(workunit.onePerUser && isOfOnePerson(other, result)) &&
        agreement(workunit, result, other, verdicts) === "yes",
    );
    if (agreed) draft.do(grant(result, creditMicro(workunit.flops)));
  }
}

type Pair = [SuccessResult, SuccessResult];

function allPairs(results: readonly SuccessResult[]): Pair[] {
  return results.flatMap((a, index) => results.slice(index + 1).map((b): Pair => [a, b]));
}

/** S34: every missing verdict is asked for once. True: at least one is not known yet. */
function askForVerdicts(draft: Draft, pairs: readonly Pair[]): boolean {
  const { workunit, verdicts } = draft.state;
  if (workunit.comparison === "digest") return false;
  let missing = false;
  for (const [a, b] of pairs) {
    const known = agreement(workunit, a, b, verdicts);
    if (known === "yes" || known === "no") continue;
    missing = true;
    if (known === "waiting") continue;
    const [first, second] = a.number < b.number ? [a, b] : [b, a];
    draft.do({ type: "compare", resultA: first.id, resultB: second.id });
  }
  return missing;
}
