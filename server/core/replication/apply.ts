import { pairKey } from "./agreement.ts";
import { resultById } from "./results.ts";
import type { Action, Result, ResultId, State, SuccessResult, Verdicts, Verification, Workunit } from "./types.ts";

/** Ids of results created in memory; a database has its own. */
export type NewId = (workunit: Workunit, number: number) => ResultId;
const numberedId: NewId = (workunit, number) => `${workunit.id}.${number}`;

/**
 * The state after the actions. Pure; the shell does the same in SQL. Throws where an action does not fit the state it meets:
 * that is the `where state = ...` of the statements, and always a bug.
 */
export function apply(state: State, actions: readonly Action[], nowSeconds: number, newId: NewId = numberedId): State {
  let next = state;
  for (const action of actions) next = applyOne(next, action, Math.floor(nowSeconds), newId);
  return next;
}

function applyOne(state: State, action: Action, now: number, newId: NewId): State {
  switch (action.type) {
    case "send":
    case "record_output":
    case "record_failure":
    case "end_result":
    case "judge":
    case "grant_credit":
      return withResult(state, action.resultId, (result) => changedResult(result, action, now));
    case "create_results":
      return { ...state, results: [...state.results, ...newResults(state, action.count, now, newId)] };
    case "set_quorum":
    case "set_target":
    case "set_class":
    case "complete":
    case "fail":
    case "assimilation_due":
      return { ...state, workunit: changedWorkunit(state.workunit, action, now) };
    case "compare":
    case "verify":
      return { ...state, verdicts: askedVerdicts(state, action) };
    case "note_host":
      return state;
  }
}

type ResultAction = Extract<
  Action,
  { type: "send" | "record_output" | "record_failure" | "end_result" | "judge" | "grant_credit" }
>;

function withResult(state: State, id: ResultId, change: (result: Result) => Result): State {
  const old = resultById(state.results, id);
  return { ...state, results: state.results.map((result) => (result === old ? change(old) : result)) };
}

function changedResult(result: Result, action: ResultAction, now: number): Result {
  const { id, number, createdSeconds } = result;
  const base = { id, number, createdSeconds };
  switch (action.type) {
    case "send": {
      demand(result.state === "unsent", result, action);
      return {
        ...base,
        state: "in_progress",
        holder: action.holder,
        leaseEndSeconds: action.leaseEndSeconds,
        parked: false,
      };
    }
    case "record_output": {
      const holder = openHolder(result, action);
      const { digest, validation } = action;
      const reported = { digest, validation, reportedSeconds: now, creditMicro: null };
      return { ...base, state: "over", outcome: "ok", holder, ...reported };
    }
    case "record_failure": {
      const holder = openHolder(result, action);
      const { outcome, abortedBy } = action;
      return { ...base, state: "over", outcome, holder, ...(abortedBy ? { abortedBy } : {}) };
    }
    case "end_result": {
      if (action.outcome === "unneeded" || action.outcome === "unsendable") {
        demand(result.state === "unsent", result, action);
        return { ...base, state: "over", outcome: action.outcome };
      }
      if (result.state !== "in_progress") throw misfit(result, action);
      return { ...base, state: "over", outcome: action.outcome, holder: result.holder };
    }
    case "judge": {
      const success = demandSuccess(result, action);
      demand(success.validation === "init" || success.validation === "inconclusive", result, action);
      return { ...success, validation: action.validation };
    }
    case "grant_credit": {
      const success = demandSuccess(result, action);
      demand(success.creditMicro === null, result, action);
      return { ...success, creditMicro: action.creditMicro };
    }
  }
}

/** A report is taken for a result in progress, and for one that timed out or came back (S27, S35). */
function openHolder(result: Result, action: Action) {
  if (result.state === "in_progress") return result.holder;
  if (result.state === "over" && (result.outcome === "noreply" || result.outcome === "returned")) return result.holder;
  throw misfit(result, action);
}

function demandSuccess(result: Result, action: Action): SuccessResult {
  if (result.state !== "over" || result.outcome !== "ok") throw misfit(result, action);
  return result;
}

function demand(holds: boolean, result: Result, action: Action): void {
  if (!holds) throw misfit(result, action);
}

function misfit(result: Result, action: Action): Error {
  const outcome = result.state === "over" ? `/${result.outcome}` : "";
  return new Error(`action ${action.type} does not fit result ${result.id}, which is ${result.state}${outcome}`);
}

function newResults(state: State, count: number, now: number, newId: NewId): Result[] {
  const first = state.results.length;
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    return { id: newId(state.workunit, number), number, createdSeconds: now, state: "unsent" };
  });
}

type WorkunitAction = Extract<
  Action,
  { type: "set_quorum" | "set_target" | "set_class" | "complete" | "fail" | "assimilation_due" }
>;

function changedWorkunit(workunit: Workunit, action: WorkunitAction, now: number): Workunit {
  if (action.type === "assimilation_due") {
    if (workunit.state === "open" || workunit.assimilation !== "init") throw closed(workunit, action);
    return { ...workunit, assimilation: "ready" };
  }
  // S1: whatever else changes a workunit changes an open one.
  if (workunit.state !== "open") throw closed(workunit, action);
  switch (action.type) {
    case "set_quorum":
      return { ...workunit, minQuorum: action.minQuorum, targetNResults: action.targetNResults };
    case "set_target":
      return { ...workunit, targetNResults: action.targetNResults };
    case "set_class":
      return { ...workunit, homogeneityClass: action.homogeneityClass };
    case "complete":
      return { ...workunit, state: "completed", canonicalId: action.canonicalId, endedSeconds: now };
    case "fail":
      return { ...workunit, state: "failed", errors: action.errors, endedSeconds: now };
  }
}

function closed(workunit: Workunit, action: Action): Error {
  return new Error(`action ${action.type} does not fit workunit ${workunit.id}, which is ${workunit.state}`);
}

function askedVerdicts(state: State, action: Extract<Action, { type: "compare" | "verify" }>): Verdicts {
  const { agree, verified } = state.verdicts;
  if (action.type === "verify") return { agree, verified: new Map(verified).set(action.resultId, null) };
  const a = resultById(state.results, action.resultA);
  const b = resultById(state.results, action.resultB);
  return { agree: new Map(agree).set(pairKey(a, b), null), verified };
}

/** The state once the verdict on a pair is stored. */
export function withComparison(state: State, a: ResultId, b: ResultId, agree: boolean): State {
  const key = pairKey(resultById(state.results, a), resultById(state.results, b));
  return { ...state, verdicts: { ...state.verdicts, agree: new Map(state.verdicts.agree).set(key, agree) } };
}

/** The state once the verifier's verdict is stored. */
export function withVerification(state: State, resultId: ResultId, verification: Verification): State {
  const verified = new Map(state.verdicts.verified).set(resultId, verification);
  return { ...state, verdicts: { ...state.verdicts, verified } };
}
