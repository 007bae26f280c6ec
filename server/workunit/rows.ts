import type {
  Drawn,
  Holder,
  Homogeneity,
  Outcome,
  Result,
  Validation,
  Workunit,
  WorkunitError,
} from "../core/replication/types.ts";
import type { Policy } from "../core/wire/app-settings.ts";

/** Rows of workunit and result as hand-written SQL reads them, and what they mean to the core. */

export const WORKUNIT_COLUMNS = `w.id, w.batch_id, w.app_version_id, w.created_seconds, w.priority, w.flops, w.min_quorum,
  w.target_nresults, w.max_error_results, w.max_total_results, w.max_success_results, w.delay_bound_seconds, w.grace_seconds,
  w.lease_seconds, w.policy::text as policy, w.drawn, w.homogeneity_mode, w.homogeneity_class, w.exclusion_key, w.state, w.errors,
  w.canonical_result_id, w.assimilation, w.ended_seconds, w.output_deleted_seconds`;

export type WorkunitRow = {
  id: number;
  batch_id: number;
  app_version_id: number;
  created_seconds: number;
  priority: number;
  flops: number;
  min_quorum: number;
  target_nresults: number;
  max_error_results: number;
  max_total_results: number;
  max_success_results: number;
  delay_bound_seconds: number;
  grace_seconds: number;
  lease_seconds: number;
  /** JSON, as text: see parsePolicy. */
  policy: string;
  drawn: Drawn;
  homogeneity_mode: Homogeneity;
  homogeneity_class: string | null;
  exclusion_key: number | null;
  state: "open" | "completed" | "failed";
  errors: WorkunitError[];
  canonical_result_id: number | null;
  assimilation: Workunit["assimilation"];
  ended_seconds: number | null;
  output_deleted_seconds: number | null;
};

/** Who has or had a result `r`; where identities were joined, the one that stands for all (S77). */
export const PERSON_OF_RESULT = "coalesce((select u.merged_into from app_user u where u.id = r.user_id), r.user_id)";

export const RESULT_COLUMNS = `r.id, r.workunit_id, r.number, r.created_seconds, r.state, r.outcome, r.aborted_by_server,
  r.validation, r.host_id, ${PERSON_OF_RESULT} as user_id, r.backend, r.device_class, r.network, r.sent_seconds, r.deadline_seconds,
  r.lease_end_seconds, r.parked, r.reported_seconds, r.output_sha256, r.credit_micro`;

export type ResultRow = {
  id: number;
  workunit_id: number;
  number: number;
  created_seconds: number;
  state: Result["state"];
  outcome: Outcome | null;
  aborted_by_server: boolean;
  validation: Validation;
  host_id: number | null;
  user_id: number | null;
  backend: string | null;
  device_class: string | null;
  network: string | null;
  sent_seconds: number | null;
  deadline_seconds: number | null;
  lease_end_seconds: number | null;
  parked: boolean;
  reported_seconds: number | null;
  output_sha256: string | null;
  credit_micro: number | null;
};

export function parseWorkunit(row: WorkunitRow, policy: Policy, comparison: Workunit["comparison"]): Workunit {
  return {
    ...parseEnd(row),
    id: String(row.id),
    createdSeconds: row.created_seconds,
    minQuorum: row.min_quorum,
    targetNResults: row.target_nresults,
    maxErrorResults: row.max_error_results,
    maxTotalResults: row.max_total_results,
    maxSuccessResults: row.max_success_results,
    delayBoundSeconds: row.delay_bound_seconds,
    graceSeconds: row.grace_seconds,
    leaseSeconds: row.lease_seconds,
    policy,
    drawn: row.drawn,
    comparison,
    homogeneity: row.homogeneity_mode,
    homogeneityClass: row.homogeneity_class,
    onePerUser: row.exclusion_key !== null,
    assimilation: row.assimilation,
    flops: row.flops,
    outputDeleted: row.output_deleted_seconds !== null,
  };
}

function parseEnd(row: WorkunitRow) {
  switch (row.state) {
    case "open":
      return { state: "open" } as const;
    case "completed":
      return {
        state: "completed",
        canonicalId: String(present(row.canonical_result_id, "canonical_result_id")),
        endedSeconds: present(row.ended_seconds, "ended_seconds"),
      } as const;
    case "failed":
      return {
        state: "failed",
        errors: row.errors,
        endedSeconds: present(row.ended_seconds, "ended_seconds"),
      } as const;
  }
}

export function parseResult(row: ResultRow): Result {
  const base = { id: String(row.id), number: row.number, createdSeconds: row.created_seconds };
  switch (row.state) {
    case "unsent":
      return { ...base, state: "unsent" };
    case "in_progress":
      return {
        ...base,
        state: "in_progress",
        holder: parseHolder(row),
        leaseEndSeconds: row.lease_end_seconds,
        parked: row.parked,
      };
    case "over":
      return { ...base, state: "over", ...parseOutcome(row) };
  }
}

function parseOutcome(row: ResultRow) {
  const outcome = present(row.outcome, "outcome");
  switch (outcome) {
    case "ok":
      return {
        outcome,
        holder: parseHolder(row),
        validation: row.validation,
        digest: present(row.output_sha256, "output_sha256"),
        reportedSeconds: present(row.reported_seconds, "reported_seconds"),
        creditMicro: row.credit_micro,
      };
    case "aborted":
      return { outcome, holder: parseHolder(row), abortedBy: row.aborted_by_server ? "server" : "user" } as const;
    case "err":
    case "valerr":
    case "returned":
    case "noreply":
      return { outcome, holder: parseHolder(row) };
    case "unneeded":
    case "unsendable":
      return { outcome };
  }
}

function parseHolder(row: ResultRow): Holder {
  return {
    hostId: String(present(row.host_id, "host_id")),
    userId: String(present(row.user_id, "user_id")),
    sentSeconds: present(row.sent_seconds, "sent_seconds"),
    deadlineSeconds: present(row.deadline_seconds, "deadline_seconds"),
    deviceClass: row.device_class ?? "",
    backend: row.backend ?? "",
    network: row.network,
  };
}

function present<T>(value: T | null, column: string): T {
  if (value === null) throw new Error(`${column} is null in a row whose state demands it`);
  return value;
}
