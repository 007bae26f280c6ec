import { sayReason } from "../core/replication/comparators/say-reason.ts";
import { type Reason, readReason } from "../core/wire/reason.ts";
import type { Pool } from "../database/pool.ts";

/** R000.26: what made a workunit end as it did, all of it from one query over the rows that decided it. */
export interface Evidence {
  workunitId: number;
  state: "open" | "completed" | "failed";
  /** Null while it is open and when it failed. */
  acceptance: Acceptance | null;
  /** Why it failed; null otherwise. */
  failure: Failure | null;
  /** Every pair of outputs that was compared otherwise than by digest. */
  comparisons: (Why & { a: number; b: number; agree: boolean | null; decidedSeconds: number | null })[];
  /** What the app's verifier said of an output. */
  verifications: (Why & { number: number; verdict: string | null; decidedSeconds: number | null })[];
  /** Re-checks of this workunit, and the one it is a re-check of. */
  audits: AuditEvidence[];
  auditOf: AuditEvidence | null;
  recalledSeconds: number | null;
}

export interface Acceptance {
  /** single, quorum, k_of_n, majority, margin or verified. */
  rule: string;
  minQuorum: number;
  comparator: string;
  endedSeconds: number;
  canonicalNumber: number;
  canonicalSha256: string;
  /** The agreeing results when it was accepted, the canonical one among them. */
  confirmedBy: Confirmer[];
  /** Results that agreed after it was accepted. */
  agreedLater: Confirmer[];
}

export interface Confirmer {
  number: number;
  userId: number;
  hostId: number;
  backend: string | null;
  deviceClass: string | null;
  outputSha256: string;
  reportedSeconds: number;
}

export interface Failure {
  errors: string[];
  endedSeconds: number;
  /** How its results ended: what the errors are made of. */
  outcomes: Record<string, number>;
  /** Different outputs among the successes. */
  distinctOutputs: number;
  maxErrorResults: number;
  maxTotalResults: number;
  maxSuccessResults: number;
  /** Error codes that devices reported, and how often. */
  errorCodes: Record<string, number>;
}

/** An English sentence, and what it says as a code with parameters; that is null where only the sentence was kept. */
export interface Why {
  reason: string | null;
  why: Reason | null;
}

export interface AuditEvidence extends Why {
  workunitId: number;
  cause: "operator" | "caught_lie";
  outcome: "confirmed" | "recalled" | "undecided" | null;
  createdSeconds: number;
  decidedSeconds: number | null;
}

const CONFIRMER = `jsonb_build_object('number', r.number, 'userId', r.user_id, 'hostId', r.host_id, 'backend', r.backend,
  'deviceClass', r.device_class, 'outputSha256', r.output_sha256, 'reportedSeconds', r.reported_seconds)`;

const AUDIT = (id: string) => `jsonb_build_object('workunitId', x.${id}, 'cause', x.cause, 'outcome', x.outcome,
  'reason', x.reason, 'createdSeconds', x.created_seconds, 'decidedSeconds', x.decided_seconds)`;

const EXPLAIN = {
  name: "explain-workunits",
  text: `
  select w.id as "workunitId", w.state, w.recalled_seconds as "recalledSeconds",
    case when w.state = 'completed' then jsonb_build_object(
      'rule', w.accepted_by, 'minQuorum', w.min_quorum, 'comparator', v.manifest->'comparator'->>'type', 'endedSeconds', w.ended_seconds,
      'canonicalNumber', c.number, 'canonicalSha256', c.output_sha256,
      'confirmedBy', (select coalesce(jsonb_agg(${CONFIRMER} order by r.number), '[]') from result r where r.id = any(w.confirmed_by)),
      'agreedLater', (select coalesce(jsonb_agg(${CONFIRMER} order by r.number), '[]') from result r
                       where r.workunit_id = w.id and r.validation = 'valid' and r.id <> all(w.confirmed_by))) end as acceptance,
    case when w.state = 'failed' then jsonb_build_object(
      'errors', to_jsonb(w.errors), 'endedSeconds', w.ended_seconds, 'maxErrorResults', w.max_error_results,
      'maxTotalResults', w.max_total_results, 'maxSuccessResults', w.max_success_results,
      'outcomes', (select coalesce(jsonb_object_agg(outcome, n), '{}') from
                    (select coalesce(r.outcome, r.state) as outcome, count(*) as n from result r where r.workunit_id = w.id group by 1) o),
      'distinctOutputs', (select count(distinct r.output_sha256) from result r where r.workunit_id = w.id and r.outcome = 'ok'),
      'errorCodes', (select coalesce(jsonb_object_agg(code, n), '{}') from
                    (select r.error_code as code, count(*) as n from result r where r.workunit_id = w.id and r.error_code is not null group by 1) e)) end as failure,
    (select coalesce(jsonb_agg(jsonb_build_object('a', a.number, 'b', b.number, 'agree', k.agree, 'reason', k.reason,
              'decidedSeconds', k.decided_seconds) order by a.number, b.number), '[]')
       from comparison k join result a on a.id = k.result_a join result b on b.id = k.result_b where k.workunit_id = w.id) as comparisons,
    (select coalesce(jsonb_agg(jsonb_build_object('number', r.number, 'verdict', k.verdict, 'reason', k.reason,
              'decidedSeconds', k.decided_seconds) order by r.number), '[]')
       from verification k join result r on r.id = k.result_id where k.workunit_id = w.id) as verifications,
    (select coalesce(jsonb_agg(${AUDIT("workunit_id")} order by x.workunit_id), '[]') from audit x where x.original_id = w.id) as audits,
    (select ${AUDIT("original_id")} from audit x where x.workunit_id = w.id) as "auditOf"
  from workunit w join app_version v on v.id = w.app_version_id left join result c on c.id = w.canonical_result_id
  where w.id = any($1::bigint[]) order by w.id`,
};

/** The evidence of workunits that exist, in ascending id. It names peers: who may see that is for the caller to decide. */
export async function explainWorkunits(pool: Pool, ids: readonly (number | string)[]): Promise<Evidence[]> {
  const { rows } = await pool.query<Evidence>({ ...EXPLAIN, values: [ids] });
  return rows.map((row) => ({
    ...row,
    comparisons: row.comparisons.map(withWhy),
    verifications: row.verifications.map(withWhy),
    audits: row.audits.map(withWhy),
    auditOf: row.auditOf === null ? null : withWhy(row.auditOf),
  }));
}

function withWhy<T extends { reason: string | null }>(row: T): T & Why {
  return { ...row, ...whyOf(row.reason) };
}

/** A reason as it is stored. */
export function whyOf(stored: string | null): Why {
  const why = readReason(stored);
  return { reason: why === null ? stored : sayReason(why), why };
}
