import { FLOPS_MAX } from "../credit/cobblestones.ts";
import { MAX_TOTAL_RESULTS_LIMIT } from "../limits.ts";
import type { Policy, WorkunitParameters } from "../wire/app-settings.ts";
import { consensusQuorum } from "./policies/consensus.ts";
import { replicationLevel } from "./policies/policy.ts";

/**
 * What is wrong with a workunit's parameters. impossible: it could never be carried out as written. absurd: it could, and would
 * not do what its author can have meant; creation refuses both, a replay of the rules only the first.
 */
export type Problem = { code: string; kind: "impossible" | "absurd"; message: string };

export type CheckedWorkunit = {
  parameters: WorkunitParameters;
  policy: Policy;
  missionCritical: boolean;
  /** The app version ships `verify`. */
  hasVerifier: boolean;
  flops: number;
};

/** S61, S62. Empty: it may be created. */
export function parameterProblems(checked: CheckedWorkunit): Problem[] {
  return [...numberProblems(checked), ...policyProblems(checked), ...missionProblems(checked)];
}

const impossible = (code: string, message: string): Problem => ({ code, kind: "impossible", message });
const absurd = (code: string, message: string): Problem => ({ code, kind: "absurd", message });

function numberProblems({ parameters, flops }: CheckedWorkunit): Problem[] {
  const p = parameters;
  const target = p.targetNResults ?? p.minQuorum;
  const problems: Problem[] = [];
  const whole = (name: string, value: number, min: number, max: number) => {
    if (!Number.isInteger(value) || value < min || value > max) {
      problems.push(
        impossible("out_of_range", `${name} is ${value}; it must be a whole number from ${min} to ${max}.`),
      );
    }
  };
  whole("min_quorum", p.minQuorum, 1, MAX_TOTAL_RESULTS_LIMIT);
  whole("target_nresults", target, 1, MAX_TOTAL_RESULTS_LIMIT);
  whole("max_error_results", p.maxErrorResults, 0, MAX_TOTAL_RESULTS_LIMIT);
  whole("max_total_results", p.maxTotalResults, 1, MAX_TOTAL_RESULTS_LIMIT);
  whole("max_success_results", p.maxSuccessResults, 0, MAX_TOTAL_RESULTS_LIMIT);
  whole("delay_bound", p.delayBoundSeconds, 1, Number.MAX_SAFE_INTEGER);
  whole("grace", p.graceSeconds, 0, Number.MAX_SAFE_INTEGER);
  whole("lease", p.leaseSeconds, 0, Number.MAX_SAFE_INTEGER);
  whole("random_extra_results", p.randomExtraResults ?? 0, 0, MAX_TOTAL_RESULTS_LIMIT);
  if (!(flops >= 0 && flops <= FLOPS_MAX)) {
    problems.push(impossible("flops_out_of_range", `flops is ${flops}; it must be from 0 to ${FLOPS_MAX}.`));
  }
  if (target < p.minQuorum) {
    problems.push(
      impossible("target_below_quorum", `target_nresults ${target} is below min_quorum ${p.minQuorum}; raise it.`),
    );
  }
  if (p.maxTotalResults < target) {
    problems.push(
      impossible(
        "total_below_target",
        `max_total_results ${p.maxTotalResults} is below target_nresults ${target}; raise it.`,
      ),
    );
  }
  if (p.maxSuccessResults > 0 && p.maxSuccessResults < target) {
    const text = `max_success_results ${p.maxSuccessResults} is below target_nresults ${target}; raise it, or use 0 for no limit.`;
    problems.push(absurd("success_below_target", text));
  }
  return problems;
}

function policyProblems({ parameters, policy, hasVerifier }: CheckedWorkunit): Problem[] {
  const problems: Problem[] = [];
  const level = replicationLevel(policy);
  if (level !== null && parameters.maxTotalResults < level) {
    const text = `max_total_results ${parameters.maxTotalResults} is below the replication level ${level}; raise it.`;
    problems.push(impossible("total_below_level", text));
  }
  if (policy.type === "consensus" && parameters.maxTotalResults < consensusQuorum(policy.rule)) {
    const text = `max_total_results ${parameters.maxTotalResults} is below the ${consensusQuorum(policy.rule)} results that the consensus needs; raise it.`;
    problems.push(impossible("total_below_consensus", text));
  }
  if ((policy.type === "verified" || policy.type === "hybrid") && parameters.minQuorum > 1) {
    const text = `Policy ${policy.type} accepts a result that passes the verifier alone; set min_quorum to 1, it is ${parameters.minQuorum}.`;
    problems.push(absurd("quorum_contradicts_policy", text));
  }
  if (policy.type === "partial" && parameters.minQuorum >= policy.level) {
    const text = `Policy partial raises some workunits to ${policy.level} results, but min_quorum is already ${parameters.minQuorum}; lower it to 1.`;
    problems.push(absurd("nothing_is_partial", text));
  }
  if (policy.type === "verified" && !hasVerifier) {
    problems.push(
      impossible("no_verifier", "Policy verified needs an app version that ships verify; publish one that does."),
    );
  }
  return problems;
}

/** S62: full redundancy, distinct owners, no single acceptance. */
function missionProblems({ parameters, policy, missionCritical }: CheckedWorkunit): Problem[] {
  if (!missionCritical) return [];
  const problems: Problem[] = [];
  const quorum = Math.max(parameters.minQuorum, policy.type === "consensus" ? consensusQuorum(policy.rule) : 1);
  if (policy.type !== "full" && policy.type !== "consensus") {
    const text = `A mission-critical app replicates everything: policy ${policy.type} may accept a single result; use full or consensus.`;
    problems.push(impossible("mission_policy", text));
  }
  if (quorum < 2) {
    problems.push(impossible("mission_quorum", "A mission-critical app needs min_quorum 2 or more."));
  }
  if (
    policy.type === "consensus" &&
    policy.rule.kind !== "majority" &&
    quorum >= 2 &&
    consensusQuorum(policy.rule) < 2
  ) {
    problems.push(impossible("mission_consensus", "A mission-critical consensus needs at least 2 agreeing results."));
  }
  if (!parameters.onePerUser) {
    problems.push(
      impossible("mission_users", "A mission-critical app takes one result per user; switch one_per_user on."),
    );
  }
  return problems;
}
