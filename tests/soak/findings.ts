import type { Pool } from "../../server/database/pool.ts";
import { whyOf } from "../../server/evidence/explain-workunits.ts";

/** What the database says after a run. */
export interface Findings {
  readonly people: Row[];
  readonly workunits: Row[];
  readonly results: Row[];
  readonly failedWorkunits: Row[];
  /** Workunits in which some output was rejected or did not agree at first. */
  readonly disagreements: Row[];
  readonly backends: Row[];
  readonly confirmed: number;
  /** Lent to somebody, not parked, with a lease that holds. */
  readonly held: number;
}

export type Row = Record<string, unknown>;

export async function findingsOf(pool: Pool): Promise<Findings> {
  const rows = async (sql: string): Promise<Row[]> => (await pool.query<Row>(sql)).rows;
  const [confirmed] = await rows("select count(*)::int as n from workunit where canonical_result_id is not null");
  const [held] = await rows(
    "select count(*)::int as n from result where state = 'in_progress' and not parked and lease_end_seconds > extract(epoch from now())",
  );
  return {
    people: await rows(
      `select h.id as host, u.name, count(r.id)::int as lent, count(*) filter (where r.outcome = 'ok')::int as ok,
              count(*) filter (where r.validation = 'valid')::int as valid, round(sum(r.elapsed_ms) / 1000.0)::int as computed_s
       from host h join app_user u on u.id = h.user_id left join result r on r.host_id = h.id
       group by h.id, u.name order by h.id`,
    ),
    workunits: await rows(
      `select p.slug, w.state, w.errors, count(*)::int as workunits
       from workunit w join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
       where exists (select from result r where r.workunit_id = w.id and r.host_id is not null)
       group by 1, 2, 3 order by 1, 2`,
    ),
    results: await rows(
      `select p.slug, r.state, r.outcome, r.validation, r.error_code, r.error_message, r.reason, count(*)::int as results
       from result r join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
       where r.host_id is not null group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3`,
    ),
    failedWorkunits: await rows("select id, name, errors from workunit where state = 'failed'"),
    disagreements: await rows(
      `select w.id, w.name, w.state, array_agg(r.validation || ' ' || coalesce(r.reason, '') || ' ' || coalesce(r.backend, '') order by r.number) as results
       from workunit w join result r on r.workunit_id = w.id
       where w.id in (select workunit_id from result where validation in ('invalid', 'inconclusive') and outcome = 'ok') and r.host_id is not null
       group by w.id`,
    ),
    backends: await rows(
      `select p.slug, r.backend, count(*)::int as ok, round(avg(r.elapsed_ms))::int as mean_ms
       from result r join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
       where r.outcome = 'ok' group by 1, 2 order by 1, 2`,
    ),
    confirmed: Number(confirmed?.["n"] ?? 0),
    held: Number(held?.["n"] ?? 0),
  };
}

function saidOf(outcome: unknown, message: unknown): string {
  const kept = String(message ?? "");
  return outcome === "valerr" ? (whyOf(kept).reason ?? "") : kept;
}

/** What a run over real networks and real deaths must still be able to say; a sentence for each that it cannot. */
export function complaintsAbout(findings: Findings): string[] {
  const complaints: string[] = [];
  if (findings.confirmed === 0) complaints.push("nothing was confirmed");
  for (const { id, name, errors } of findings.failedWorkunits) {
    complaints.push(`workunit ${id} (${name}) ended without an answer: ${errors}`);
  }
  for (const { slug, outcome, error_code, error_message, results } of findings.results) {
    // Nobody here computes wrongly, so no run may end in an error or a deadline that was missed.
    if (outcome === "err" || outcome === "valerr")
      complaints.push(`${slug}: ${results} x ${outcome} ${error_code ?? ""} ${saidOf(outcome, error_message)}`);
  }
  for (const { slug, validation, results } of findings.results) {
    if (validation === "invalid") complaints.push(`${slug}: ${results} outputs were rejected`);
  }
  if (findings.held > 0) complaints.push(`${findings.held} results are still held after everybody stopped`);
  return complaints;
}
