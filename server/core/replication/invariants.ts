import { creditMicro } from "../credit/cobblestones.ts";
import { type SentResult, wasSent } from "./results.ts";
import type { Result, State, SuccessResult } from "./types.ts";

/**
 * What is true of every state, and of every step, whatever happened. Tests and the simulator ask after every event; a
 * non-empty answer is always a bug.
 */

type StateCheck = { name: string; holds: (state: State) => boolean };

const successes = (state: State): SuccessResult[] =>
  state.results.filter((result): result is SuccessResult => result.state === "over" && result.outcome === "ok");

export const STATE_CHECKS: readonly StateCheck[] = [
  {
    name: "results are numbered 0, 1, 2...",
    holds: ({ results }) => results.every((result, index) => result.number === index),
  },
  {
    name: "a completed workunit has one canonical result, valid and its own",
    holds: (state) => {
      if (state.workunit.state !== "completed") return true;
      const { canonicalId } = state.workunit;
      const canonical = successes(state).filter((result) => result.id === canonicalId);
      return canonical.length === 1 && canonical[0]?.validation === "valid";
    },
  },
  {
    name: "a failed workunit says why",
    holds: ({ workunit }) => workunit.state !== "failed" || workunit.errors.length > 0,
  },
  {
    name: "an ended workunit has nothing unsent",
    holds: ({ workunit, results }) => workunit.state === "open" || results.every((result) => result.state !== "unsent"),
  },
  {
    name: "assimilation is due exactly when the workunit has ended",
    holds: ({ workunit }) => (workunit.state === "open") === (workunit.assimilation === "init"),
  },
  {
    name: "valid only where there is a canonical result, nocheck only where there will be none, late only after deletion",
    holds: (state) =>
      successes(state).every(({ validation }) => {
        if (validation === "valid") return state.workunit.state === "completed";
        if (validation === "nocheck") return state.workunit.state === "failed";
        return validation !== "late" || state.workunit.outputDeleted;
      }),
  },
  {
    name: "credit is the same for all and only for valid or unchecked results; every valid result has it",
    holds: (state) =>
      successes(state).every(({ validation, creditMicro: credit }) => {
        if (credit === null) return validation !== "valid";
        return credit === creditMicro(state.workunit.flops) && (validation === "valid" || validation === "nocheck");
      }),
  },
  {
    name: "no host twice, returned results aside",
    holds: ({ results }) => {
      const holders = results.flatMap((result) => (keepsOthersAway(result) ? [result.holder] : []));
      return new Set(holders.map((holder) => holder.hostId)).size === holders.length;
    },
  },
  {
    name: "the target is not below the quorum",
    holds: ({ workunit }) => workunit.targetNResults >= workunit.minQuorum,
  },
  {
    name: "bound to a class, everything in progress or successful is of that class, late reports aside",
    holds: ({ workunit, results }) =>
      workunit.homogeneityClass === null ||
      results.every(
        (result) => result.state !== "in_progress" || result.holder.deviceClass === workunit.homogeneityClass,
      ),
  },
  {
    name: "a deleted output was assimilated, and nothing was out any more",
    holds: ({ workunit, results }) =>
      !workunit.outputDeleted ||
      (workunit.assimilation === "done" && results.every((result) => result.state !== "in_progress")),
  },
];

function keepsOthersAway(result: Result): result is SentResult {
  return wasSent(result) && !(result.state === "over" && result.outcome === "returned");
}

type StepCheck = { name: string; holds: (before: State, after: State) => boolean };

const LATE_OUTCOMES: readonly string[] = ["noreply", "returned"];
const FINAL_VALIDATIONS: readonly string[] = ["valid", "invalid", "nocheck", "late"];

export const STEP_CHECKS: readonly StepCheck[] = [
  {
    name: "an ended workunit never changes its end",
    holds: ({ workunit: before }, { workunit: after }) => {
      if (before.state === "open") return true;
      if (before.state === "completed") {
        return (
          after.state === "completed" &&
          after.canonicalId === before.canonicalId &&
          after.endedSeconds === before.endedSeconds
        );
      }
      return (
        after.state === "failed" &&
        after.errors.join() === before.errors.join() &&
        after.endedSeconds === before.endedSeconds
      );
    },
  },
  {
    // Of a state it cannot be said: identities that turn out to be one person may have had one each (S77).
    name: "where one result per user is the rule, nobody is sent a second one, returned ones aside",
    holds: ({ workunit, results: before }, { results: after }) =>
      !workunit.onePerUser ||
      after.every((sent, index) => {
        if (sent.state !== "in_progress" || before[index]?.state !== "unsent") return true;
        return !after.some(
          (other) => other !== sent && keepsOthersAway(other) && other.holder.userId === sent.holder.userId,
        );
      }),
  },
  {
    name: "results are never lost, and an end of a result is final unless it came late",
    holds: eachResult((before, after) => {
      if (before.state !== "over") return true;
      if (after.state !== "over") return false;
      return before.outcome === after.outcome || LATE_OUTCOMES.includes(before.outcome);
    }),
  },
  {
    name: "a judgement and a grant are final",
    holds: eachResult((before, after) => {
      if (!isComputed(before)) return true;
      if (!isComputed(after)) return false;
      const judged = !FINAL_VALIDATIONS.includes(before.validation) || after.validation === before.validation;
      return judged && (before.creditMicro === null || after.creditMicro === before.creditMicro);
    }),
  },
  {
    name: "a deadline never moves",
    holds: eachResult((before, after) => {
      if (!wasSent(before)) return true;
      return wasSent(after) && after.holder.deadlineSeconds === before.holder.deadlineSeconds;
    }),
  },
  {
    name: "quorum and target never fall",
    holds: ({ workunit: before }, { workunit: after }) =>
      after.minQuorum >= before.minQuorum && after.targetNResults >= before.targetNResults,
  },
  {
    name: "assimilation goes from init to ready to done",
    holds: ({ workunit: before }, { workunit: after }) => {
      const order = ["init", "ready", "done"];
      return order.indexOf(after.assimilation) >= order.indexOf(before.assimilation);
    },
  },
];

function isComputed(result: Result): result is SuccessResult {
  return result.state === "over" && result.outcome === "ok";
}

function eachResult(holds: (before: Result, after: Result) => boolean) {
  return (before: State, after: State): boolean =>
    before.results.every((result, index) => {
      const later = after.results[index];
      return later !== undefined && later.id === result.id && holds(result, later);
    });
}

/** Names of the checks that do not hold. */
export function violations(state: State): string[] {
  return STATE_CHECKS.filter((check) => !check.holds(state)).map((check) => check.name);
}

export function stepViolations(before: State, after: State): string[] {
  return STEP_CHECKS.filter((check) => !check.holds(before, after)).map((check) => check.name);
}
