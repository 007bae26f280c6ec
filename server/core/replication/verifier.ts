import { type Draft, note } from "./draft.ts";
import type { Opinion } from "./judge.ts";
import { raisedTo, replicationLevel, usesVerifier } from "./policies/policy.ts";
import { isSuccess, isUnresolved } from "./results.ts";
import type { Action, SuccessResult } from "./types.ts";

/**
 * Policies verified and hybrid, before anything is compared. Asks for missing verdicts, rejects what did not pass, raises
 * a hybrid workunit to replicas where the verifier cannot decide alone, and accepts what passed.
 */
export function putToVerifier(draft: Draft): Extract<Opinion, { kind: "accept" | "wait" }> | { kind: "undecided" } {
  const { policy } = draft.state.workunit;
  if (!usesVerifier(policy)) return { kind: "undecided" };
  const passed: SuccessResult[] = [];
  let waiting = false;
  for (const result of draft.state.results) {
    if (!isSuccess(result) || !isUnresolved(result)) continue;
    const verification = verificationOf(draft, result);
    if (verification === "waiting") waiting = true;
    else if (verification === "passed") passed.push(result);
    else {
      // S49, S50: under hybrid only a plain "no" rejects; a verifier that broke leaves the output to its replicas.
      if (policy.type === "verified" || verification === "rejected") draft.do(...rejection(result, verification));
      raiseToReplicas(draft);
    }
  }
  // S48, S50
  const first = passed[0];
  if (first && (policy.type === "verified" || draft.state.workunit.minQuorum === 1)) {
    return { kind: "accept", canonicalId: first.id, rule: "verified", confirmedBy: [first.id] };
  }
  return waiting ? { kind: "wait" } : { kind: "undecided" };
}

/**
 * S52: where the verifier accepted the canonical result alone, it also judges the others: two honest outputs of a search need
 * not agree. Everywhere else, and where it cannot say, the comparison decides.
 */
export function judgedByVerifier(draft: Draft, result: SuccessResult): "yes" | "no" | "wait" | "not_its_matter" {
  const { policy, minQuorum } = draft.state.workunit;
  if (!usesVerifier(policy) || (policy.type === "hybrid" && minQuorum > 1)) return "not_its_matter";
  const verification = verificationOf(draft, result);
  if (verification === "waiting") return "wait";
  if (verification === "passed") return "yes";
  return policy.type === "verified" || verification === "rejected" ? "no" : "not_its_matter";
}

function verificationOf(draft: Draft, result: SuccessResult): "passed" | "rejected" | "broken" | "missing" | "waiting" {
  const stored = draft.state.verdicts.verified.get(result.id);
  if (stored === undefined) draft.do({ type: "verify", resultId: result.id });
  return stored ? stored.verdict : "waiting";
}

function rejection(result: SuccessResult, verdict: "rejected" | "broken" | "missing"): Action[] {
  return [
    { type: "judge", resultId: result.id, validation: "invalid", reason: `verify_${verdict}` },
    note(result, "invalid"),
  ];
}

/** S50 */
function raiseToReplicas(draft: Draft): void {
  const level = replicationLevel(draft.state.workunit.policy);
  const raised = level === null ? null : raisedTo(draft.state.workunit, level);
  if (raised) draft.do({ type: "set_quorum", ...raised });
}
