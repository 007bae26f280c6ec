import type { Policy } from "../wire/app-settings.ts";

/**
 * The replication engine's values. Times are whole seconds on the server's clock; ids are decimal strings.
 *
 * Functions of the core (each in the file of the same matter; the rules are numbered in SPEC.md):
 *   planWorkunit(parameters, policy, selection, draws)    create.ts      -> quorum, target, draws to store
 *   parameterProblems(parameters, policy, facts)          check-parameters.ts -> Problem[]; empty: it may be created
 *   decide(workunit, results, verdicts, nowSeconds)       decide.ts      -> Action[]
 *   onSend(workunit, results, request, nowSeconds)        send.ts        -> { status: "send" | "refused" }
 *   acceptReport(workunit, results, resultId, report, nowSeconds)  report.ts -> { status: "record" | "duplicate" | "ignored" }
 *   leaseEnd, parkedLeaseEnd, nextDueSeconds              leases.ts
 *   onCancel, onUnsendable, unsendableDueSeconds          endings.ts     -> Action[]
 *   eligibility(host, candidate)                          ../scheduling/eligibility.ts -> ok | reasons
 *   decayed, noted, isTrusted                             ../trust/standing.ts
 *   onAssimilated, mayDeleteOutput, onOutputDeleted       retention.ts
 *   apply(state, actions, nowSeconds)                     apply.ts       -> State
 *   violations(state)                                     invariants.ts  -> string[]
 *
 * Every function that answers with actions leaves the state unsettled: apply them, then call `decide` and apply what it
 * answers. `decide` after that answers nothing until time passes, a report comes or a verdict is stored.
 */

export type ResultId = string;
export type HostId = string;
export type UserId = string;
export type WorkunitId = string;

/** How a result ended. */
export type Outcome = "ok" | "err" | "valerr" | "aborted" | "returned" | "noreply" | "unneeded" | "unsendable";
export type Validation = "init" | "valid" | "invalid" | "nocheck" | "inconclusive" | "late";
export type WorkunitError = "too_many_errors" | "too_many_success" | "too_many_total" | "cancelled" | "couldnt_send";

type ResultBase = { id: ResultId; number: number; createdSeconds: number };
/** Who holds or held a result: the host it was sent to, whichever host of that user reports it. */
export type Holder = {
  hostId: HostId;
  userId: UserId;
  sentSeconds: number;
  deadlineSeconds: number;
  deviceClass: string;
  backend: string;
  /** Network prefix of an anonymous user; null where the network rule does not apply (account, loopback, switched off). */
  network: string | null;
};

export type UnsentResult = ResultBase & { state: "unsent" };
export type InProgressResult = ResultBase & {
  state: "in_progress";
  holder: Holder;
  /** Null: the lease never runs out before the deadline. */
  leaseEndSeconds: number | null;
  parked: boolean;
};
/** A success: something was computed and reported. */
export type SuccessResult = ResultBase & {
  state: "over";
  outcome: "ok";
  holder: Holder;
  validation: Validation;
  /** SHA-256 of the output, hex. */
  digest: string;
  reportedSeconds: number;
  /** Null until granted. */
  creditMicro: number | null;
};
/** Ended after it was sent, without a usable output. */
export type FailedResult = ResultBase & {
  state: "over";
  outcome: "err" | "valerr" | "returned" | "noreply" | "aborted";
  holder: Holder;
  /** Only where outcome is aborted. */
  abortedBy?: "user" | "server";
};
/** Ended before it was sent. */
export type NeverSentResult = ResultBase & { state: "over"; outcome: "unneeded" | "unsendable" };
export type Result = UnsentResult | InProgressResult | SuccessResult | FailedResult | NeverSentResult;

/** Limits and numbers of one workunit (replication rules); 0 means unlimited for maxSuccessResults only. */
export type Parameters = {
  minQuorum: number;
  targetNResults: number;
  maxErrorResults: number;
  maxTotalResults: number;
  maxSuccessResults: number;
  delayBoundSeconds: number;
  graceSeconds: number;
  /** 0: leases never run out. */
  leaseSeconds: number;
};

export type WorkunitState =
  | { state: "open" }
  | { state: "completed"; canonicalId: ResultId; endedSeconds: number }
  | { state: "failed"; errors: readonly WorkunitError[]; endedSeconds: number };

/** Decisions drawn once, when the workunit was created, and stored: deciding again must give the same answer. */
export type Drawn = {
  /** Policy partial: this one is replicated. */
  partialSelected?: boolean;
  /** Policy hybrid: this one is replicated although its app has a verifier. */
  sampled?: boolean;
  /** Results beyond the target, drawn so that nobody can tell how many there are. */
  extraResults?: number;
};

export type Homogeneity = "off" | "same" | "diverse";

export type Workunit = Parameters &
  WorkunitState & {
    id: WorkunitId;
    createdSeconds: number;
    policy: Policy;
    drawn: Drawn;
    /** How outputs are compared: digests inline, everything else by stored verdicts. */
    comparison: "digest" | "verdicts";
    homogeneity: Homogeneity;
    homogeneityClass: string | null;
    onePerUser: boolean;
    assimilation: "init" | "ready" | "done";
    flops: number;
    outputDeleted: boolean;
  };

/**
 * What `verify` said about a result. passed and rejected are its own answers; broken: it trapped, returned an error code or
 * exceeded its limits; missing: the app version ships none. `reason` is shown with the result.
 */
export type Verification = { verdict: "passed" | "rejected" | "broken" | "missing"; reason: string };

/**
 * Stored facts about outputs, computed outside the row lock. `agree` by `pairKey(a, b)`, `verified` by result id.
 * No entry: not asked for; null: asked for, not yet answered.
 */
export type Verdicts = {
  agree: ReadonlyMap<string, boolean | null>;
  verified: ReadonlyMap<ResultId, Verification | null>;
};

/** Everything the core knows of one workunit; results in ascending number. */
export type State = { workunit: Workunit; results: readonly Result[]; verdicts: Verdicts };

/** What happens to the standing of the host a result was sent to. */
export type HostEvent =
  | "valid_replicated"
  | "valid_single"
  /** Its output is wrong: refuted by a verifier, by an audit or by a clear decision. */
  | "invalid"
  /** Its output lost against the canonical one by a weak decision (S80). */
  | "outvoted"
  | "error"
  | "noreply";

/** What confirmed a canonical result; shown as evidence and counted per path. */
export type AcceptanceRule = "single" | "quorum" | "k_of_n" | "majority" | "margin" | "verified";

/** Why a success was judged as it was; pages have a sentence for each, `workunit.reason`. */
export const JUDGE_REASONS = [
  "canonical",
  "matches_canonical",
  "mismatch",
  "no_consensus",
  "workunit_failed",
  "verify_rejected",
  "verify_broken",
  "verify_missing",
] as const;
export type JudgeReason = (typeof JUDGE_REASONS)[number];

/** What the shell must do; all actions of one decision are applied in one transaction, in this order. */
export type Action =
  /** From onSend: lend this unsent result. */
  | { type: "send"; resultId: ResultId; holder: Holder; leaseEndSeconds: number | null }
  /** From acceptReport: the output of a result that is in progress, noreply or returned. */
  | { type: "record_output"; resultId: ResultId; digest: string; validation: "init" | "late" }
  /** From acceptReport: a result that is in progress, noreply or returned ended without a usable output. */
  | {
      type: "record_failure";
      resultId: ResultId;
      outcome: "err" | "valerr" | "aborted" | "returned";
      abortedBy?: "user" | "server";
    }
  | { type: "create_results"; count: number }
  | { type: "end_result"; resultId: ResultId; outcome: "noreply" | "returned" | "unneeded" | "unsendable" }
  | { type: "judge"; resultId: ResultId; validation: Validation; reason: JudgeReason }
  /** Both numbers as they must be stored; either may be unchanged. */
  | { type: "set_quorum"; minQuorum: number; targetNResults: number }
  | { type: "set_target"; targetNResults: number }
  /** `confirmedBy`: the agreeing group, the canonical result included, ascending by number. */
  | { type: "complete"; canonicalId: ResultId; rule: AcceptanceRule; confirmedBy: readonly ResultId[] }
  | { type: "fail"; errors: readonly WorkunitError[] }
  /** The same amount for every result of the workunit that gets any. */
  | { type: "grant_credit"; resultId: ResultId; hostId: HostId; userId: UserId; creditMicro: number }
  /** Standing of the host (c and its totals) for the workunit's app version. */
  | { type: "note_host"; hostId: HostId; resultId: ResultId; event: HostEvent }
  | { type: "set_class"; homogeneityClass: string | null }
  /** Ask for a verdict: store a row without an answer. resultA has the lower number. */
  | { type: "compare"; resultA: ResultId; resultB: ResultId }
  | { type: "verify"; resultId: ResultId }
  /** Assimilation is due: one outbox entry, written in this transaction. */
  | { type: "assimilation_due" };
