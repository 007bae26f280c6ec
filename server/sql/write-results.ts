import type { PoolClient } from "../database/pool.ts";
import { arrayLiteral, type ColumnValue } from "./array-literal.ts";
import { isInProgress, isUnsent } from "./result-states.ts";
import { ConcurrencyError } from "./transaction.ts";

/**
 * The statements that change results, each for many rows at once. Every one names the state it expects and checks that
 * all rows had it: the workunit's row lock makes that certain, except against renewals, which take no such lock.
 */

export type ResultEnd = {
  id: number;
  expectedState: string;
  expectedOutcome: string | null;
  /** Where a lease ran out: its end as it was read; a renewal since then wins. Null: no matter. */
  expectedLeaseEnd: number | null;
  outcome: string;
  abortedByServer: boolean;
  validation: string;
  /** Null: nothing was reported now. */
  reportedSeconds: number | null;
  outputSha256: string | null;
  outputBytes: number | null;
  elapsedMs: number | null;
  backend: string | null;
  deviceClass: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  reason: string | null;
  creditMicro: number | null;
};

const END_RESULTS = {
  name: "end-results",
  // What is null in the input and was set before stays: a judgement does not repeat the report.
  text: `update result r set state = 'over', outcome = c.outcome, aborted_by_server = c.aborted_by_server,
      validation = c.validation, reported_seconds = coalesce(c.reported_seconds, r.reported_seconds),
      output_sha256 = coalesce(c.output_sha256, r.output_sha256), output_bytes = coalesce(c.output_bytes, r.output_bytes),
      elapsed_ms = coalesce(c.elapsed_ms, r.elapsed_ms), backend = coalesce(c.backend, r.backend),
      device_class = coalesce(c.device_class, r.device_class), error_code = coalesce(c.error_code, r.error_code),
      error_message = coalesce(c.error_message, r.error_message), reason = coalesce(c.reason, r.reason),
      credit_micro = coalesce(c.credit_micro, r.credit_micro), due_seconds = null, parked = false
    from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bool[], $7::text[], $8::bigint[],
                $9::text[], $10::int[], $11::int[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bigint[])
      as c (id, expected_state, expected_outcome, expected_lease_end, outcome, aborted_by_server, validation, reported_seconds,
            output_sha256, output_bytes, elapsed_ms, backend, device_class, error_code, error_message, reason, credit_micro)
   where r.id = c.id and r.state = c.expected_state and r.outcome is not distinct from c.expected_outcome
     and (c.expected_lease_end is null or r.lease_end_seconds = c.expected_lease_end)`,
};

/** Everything that ends in another way than the two below, which are almost all: each column costs as much as a row. */
export async function endResults(client: PoolClient, ends: readonly ResultEnd[]): Promise<void> {
  await change(client, END_RESULTS, ends, [
    "id",
    "expectedState",
    "expectedOutcome",
    "expectedLeaseEnd",
    "outcome",
    "abortedByServer",
    "validation",
    "reportedSeconds",
    "outputSha256",
    "outputBytes",
    "elapsedMs",
    "backend",
    "deviceClass",
    "errorCode",
    "errorMessage",
    "reason",
    "creditMicro",
  ]);
}

/** An output reported for a result in progress. What is known of it then is written with it, be it its judgement too. */
export type ResultSuccess = {
  id: number;
  validation: string;
  outputSha256: string;
  outputBytes: number | null;
  elapsedMs: number | null;
  backend: string | null;
  deviceClass: string | null;
  reason: string | null;
  creditMicro: number | null;
};

const RECORD_SUCCESSES = {
  name: "record-successes",
  text: `update result r set state = 'over', outcome = 'ok', validation = c.validation, reported_seconds = $10,
      output_sha256 = c.output_sha256, output_bytes = c.output_bytes, elapsed_ms = c.elapsed_ms,
      backend = coalesce(c.backend, r.backend), device_class = coalesce(c.device_class, r.device_class), reason = c.reason,
      credit_micro = c.credit_micro, due_seconds = null, parked = false
    from unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[], $9::bigint[])
      as c (id, validation, output_sha256, output_bytes, elapsed_ms, backend, device_class, reason, credit_micro)
   where r.id = c.id and ${isInProgress("r")}`,
};

export async function recordSuccesses(
  client: PoolClient,
  successes: readonly ResultSuccess[],
  reportedSeconds: number,
): Promise<void> {
  const columns: readonly (keyof ResultSuccess)[] = [
    "id",
    "validation",
    "outputSha256",
    "outputBytes",
    "elapsedMs",
    "backend",
    "deviceClass",
    "reason",
    "creditMicro",
  ];
  await change(client, RECORD_SUCCESSES, successes, columns, [reportedSeconds]);
}

/** What a success that was reported before is judged to be now. */
export type ResultJudgement = { id: number; validation: string; reason: string | null; creditMicro: number | null };

const JUDGE_RESULTS = {
  name: "judge-results",
  text: `update result r set validation = c.validation, reason = coalesce(c.reason, r.reason),
      credit_micro = coalesce(c.credit_micro, r.credit_micro)
    from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) as c (id, validation, reason, credit_micro)
   where r.id = c.id and r.outcome = 'ok'`,
};

export async function judgeResults(client: PoolClient, judgements: readonly ResultJudgement[]): Promise<void> {
  await change(client, JUDGE_RESULTS, judgements, ["id", "validation", "reason", "creditMicro"]);
}

export type ResultSend = {
  id: number;
  hostId: number;
  userId: number;
  backend: string;
  deviceClass: string;
  network: string | null;
  sentSeconds: number;
  deadlineSeconds: number;
  leaseEndSeconds: number | null;
  dueSeconds: number;
};

const SEND_RESULTS = {
  name: "send-results",
  text: `update result r set state = 'in_progress', host_id = c.host_id, user_id = c.user_id, backend = c.backend,
      device_class = c.device_class, network = c.network, sent_seconds = c.sent_seconds, deadline_seconds = c.deadline_seconds,
      lease_end_seconds = c.lease_end_seconds, due_seconds = c.due_seconds, urgent = false
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
                $9::bigint[], $10::bigint[])
      as c (id, host_id, user_id, backend, device_class, network, sent_seconds, deadline_seconds, lease_end_seconds, due_seconds)
   where r.id = c.id and ${isUnsent("r")}`,
};

export async function sendResults(client: PoolClient, sends: readonly ResultSend[]): Promise<void> {
  await change(client, SEND_RESULTS, sends, [
    "id",
    "hostId",
    "userId",
    "backend",
    "deviceClass",
    "network",
    "sentSeconds",
    "deadlineSeconds",
    "leaseEndSeconds",
    "dueSeconds",
  ]);
}

const SET_URGENT = {
  name: "set-urgent",
  text: `update result r set urgent = c.urgent from unnest($1::bigint[], $2::bool[]) as c (id, urgent)
          where r.id = c.id and ${isUnsent("r")}`,
};

export async function setUrgent(client: PoolClient, rows: readonly { id: number; urgent: boolean }[]): Promise<void> {
  await change(client, SET_URGENT, rows, ["id", "urgent"]);
}

export type NewResult = {
  workunitId: number;
  number: number;
  exclusionKey: number | null;
  createdSeconds: number;
  appVersionId: number;
  queueRank: number;
  urgent: boolean;
  /** Created and not needed any more within one decision. */
  outcome: "unneeded" | "unsendable" | null;
};

const CREATE_RESULTS = {
  name: "create-results",
  text: `insert into result (workunit_id, number, exclusion_key, created_seconds, app_version_id, queue_rank, urgent, state, outcome)
         select workunit_id, number, exclusion_key, created_seconds, app_version_id, queue_rank, urgent,
                case when outcome is null then 'unsent' else 'over' end, outcome
           from unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::bool[], $8::text[])
             as c (workunit_id, number, exclusion_key, created_seconds, app_version_id, queue_rank, urgent, outcome)
          order by workunit_id, number`,
};

export async function createResults(client: PoolClient, results: readonly NewResult[]): Promise<void> {
  await change(client, CREATE_RESULTS, results, [
    "workunitId",
    "number",
    "exclusionKey",
    "createdSeconds",
    "appVersionId",
    "queueRank",
    "urgent",
    "outcome",
  ]);
}

/** Runs a statement whose parameters are the columns of `rows`, then `others`, and checks that it changed one row for each. */
export async function change<T extends Record<keyof T, ColumnValue>>(
  client: PoolClient,
  statement: { name: string; text: string },
  rows: readonly T[],
  columns: readonly (keyof T)[],
  others: readonly unknown[] = [],
): Promise<void> {
  if (rows.length === 0) return;
  const values = [...columns.map((column) => arrayLiteral(rows.map((row) => row[column]))), ...others];
  const { rowCount } = await client.query({ ...statement, values });
  if (rowCount !== rows.length) {
    throw new ConcurrencyError(`${statement.name}: ${rowCount} of ${rows.length} rows were in the expected state`);
  }
}
