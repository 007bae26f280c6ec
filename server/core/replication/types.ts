import type { Policy } from "../wire/app-settings.ts";

/** The replication engine's values. Times are whole seconds on the server's clock; ids are decimal strings. */

export type ResultId = string;
export type HostId = string;
export type UserId = string;
export type WorkunitId = string;

/** How a result ended. */
export type Outcome = "ok" | "err" | "valerr" | "aborted" | "returned" | "noreply" | "unneeded" | "unsendable";
export type Validation = "init" | "valid" | "invalid" | "nocheck" | "inconclusive" | "late";
export type WorkunitError =
  | "too_many_errors"
  | "too_many_success"
  | "too_many_total"
  | "cancelled"
  | "couldnt_send";

type ResultBase = { id: ResultId; number: number };
/** Who holds or held a result. `replicated` is decided when it becomes valid, not stored here. */
export type Holder = { hostId: HostId; userId: UserId; sentSeconds: number; deadlineSeconds: number; deviceClass: string; backend: string };

export type UnsentResult = ResultBase & { state: "unsent"; createdSeconds: number };
export type InProgressResult = ResultBase & {
  state: "in_progress";
  holder: Holder;
  /** Null: the lease never runs out before the deadline. */
  leaseEndSeconds: number | null;
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
};
/** Ended after it was sent, without a usable output. */
export type FailedResult = ResultBase & {
  state: "over";
  outcome: "err" | "valerr" | "returned" | "noreply" | "aborted";
  holder: Holder;
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

export type Workunit = Parameters &
  WorkunitState & {
    id: WorkunitId;
    createdSeconds: number;
    policy: Policy;
    /** Decisions drawn once and stored, so that deciding again gives the same answer. */
    drawn: { partialSelected?: boolean; sampled?: boolean };
    /** How outputs are compared: digests inline, everything else by stored verdicts. */
    comparison: "digest" | "verdicts";
    homogeneity: "off" | "same" | "diverse";
    homogeneityClass: string | null;
    onePerUser: boolean;
    assimilation: "init" | "ready" | "done";
    flops: number;
    outputDeleted: boolean;
  };

/** Stored facts about outputs, computed outside the row lock. Keys: `${lowerNumberId}:${higherNumberId}` and result id. */
export type Verdicts = {
  agree: ReadonlyMap<string, boolean>;
  verified: ReadonlyMap<ResultId, boolean>;
};

/** What the shell must do; all actions of one decision are applied in one transaction. */
export type Action =
  | { type: "create_results"; count: number }
  | { type: "end_result"; resultId: ResultId; outcome: "noreply" | "returned" | "unneeded" | "unsendable" }
  | { type: "judge"; resultId: ResultId; validation: Validation; reason: string }
  | { type: "set_quorum"; minQuorum: number; targetNResults: number }
  | { type: "set_target"; targetNResults: number }
  | { type: "draw"; drawn: { partialSelected?: boolean; sampled?: boolean } }
  | { type: "complete"; canonicalId: ResultId; rule: string }
  | { type: "fail"; errors: readonly WorkunitError[] }
  /** The same amount for every valid result of the workunit. */
  | { type: "grant_credit"; resultId: ResultId; hostId: HostId; userId: UserId; creditMicro: number }
  /** Standing of the host (c and its totals). */
  | { type: "note_host"; hostId: HostId; event: "valid_replicated" | "valid_single" | "invalid" | "error" | "noreply" }
  | { type: "set_class"; homogeneityClass: string | null }
  | { type: "compare"; resultA: ResultId; resultB: ResultId }
  | { type: "verify"; resultId: ResultId }
  /** Assimilation is due: one outbox entry, written in this transaction. */
  | { type: "assimilation_due" };
