import type { Pool } from "../../server/database/pool.ts";

/** Whose balance contains the credit of a user: the identity they were joined to, once folding has heard of it. */
function whose(column: string): string {
  return `coalesce((select a.survivor_id from credit_alias a where a.user_id = ${column} order by a.since_seconds desc limit 1), ${column})`;
}

/**
 * What must hold in every database of Quorate at any moment between two transactions, asked in plain SQL that shares
 * nothing with the engine's own. Each query gives one row per violation.
 */
const ALWAYS: Record<string, string> = {
  "a valid result without exactly one grant of its own credit": `
    select r.id from result r
     where r.validation = 'valid' and (select count(*) from credit_entry e where e.result_id = r.id and e.kind = 'grant'
           and e.amount_micro = r.credit_micro and e.user_id = r.user_id and e.host_id = r.host_id) <> 1`,
  "credit for a result that is not valid": `
    select e.result_id from credit_entry e join result r on r.id = e.result_id
     where e.kind = 'grant' and r.validation not in ('valid', 'nocheck')`,
  "two credits in one workunit": `
    select workunit_id from result where credit_micro is not null group by workunit_id having count(distinct credit_micro) > 1`,
  "a user credited twice for one workunit": `
    select r.workunit_id from credit_entry e join result r on r.id = e.result_id where e.kind = 'grant'
     group by r.workunit_id, e.user_id having count(*) > 1`,
  "a canonical result that is no valid answer": `
    select w.id from workunit w left join result c on c.id = w.canonical_result_id
     where w.state = 'completed' and (c.id is null or c.outcome <> 'ok' or c.validation <> 'valid' or c.workunit_id <> w.id)`,
  "a valid result with another output than the canonical one (exact apps)": `
    select r.id from result r join workunit w on w.id = r.workunit_id join result c on c.id = w.canonical_result_id
     where r.validation = 'valid' and r.output_sha256 <> c.output_sha256`,
  "an assimilation of what has not ended so": `
    select a.workunit_id from assimilated_result a join workunit w on w.id = a.workunit_id
     where w.assimilation <> 'done' or a.succeeded <> (w.state = 'completed')
        or a.canonical_result_id is distinct from w.canonical_result_id`,
  "a batch that counts other than its workunits": `
    select b.id from batch b
     where b.n_completed <> (select count(*) from assimilated_result a where a.batch_id = b.id and a.succeeded)
        or b.n_failed <> (select count(*) from assimilated_result a where a.batch_id = b.id and not a.succeeded)`,
  "a total of batches that is not the sum of those in it": `
    select t.app_version_id from (select app_version_id, n_workunits, n_completed, n_failed from batch_total where n_workunits <> 0
      union all select app_version_id, -n_workunits, -n_completed, -n_failed from batch where in_total) t
     group by 1 having sum(n_workunits) <> 0 or sum(n_completed) <> 0 or sum(n_failed) <> 0`,
  "a balance that with what is pending is not the ledger's sum": `
    select u.id from app_user u
      left join credit_balance b on b.kind = 'user' and b.subject_id = u.id and b.project_id = 0
      left join (select ${whose("user_id")} as id, sum(amount_micro) as micro from credit_pending p group by 1) p on p.id = u.id
      left join (select ${whose("user_id")} as id, sum(amount_micro) as micro from credit_entry e group by 1) e on e.id = u.id
     where coalesce(b.total_micro, 0) + coalesce(p.micro, 0) <> coalesce(e.micro, 0)`,
};

/** What must hold once nothing is under way any more and everything was folded and delivered. */
const AT_REST: Record<string, string> = {
  "an ended workunit that was not assimilated": `
    select w.id from workunit w where w.state <> 'open'
       and not exists (select from assimilated_result a where a.workunit_id = w.id)`,
  "an outbox message that was not delivered":
    "select id from outbox where done_seconds is null and kind = 'assimilate'",
  "two messages about one workunit": `
    select workunit_id from outbox where kind = 'assimilate' group by workunit_id having count(*) > 1`,
  "a balance of a user that is not the ledger's sum": sums("user", whose("user_id")),
  "a balance of a host that is not the ledger's sum": sums("host", "host_id"),
  "a balance of a project that is not the ledger's sum": sums("project", "project_id"),
  "hours that do not sum to the ledger": `
    select 1 where (select coalesce(sum(amount_micro), 0) from credit_hour) <> (select coalesce(sum(amount_micro), 0) from credit_entry)`,
};

function sums(kind: string, column: string): string {
  return `
    select coalesce(b.subject_id, e.id) from (select * from credit_balance where kind = '${kind}' and project_id = 0) b
      full join (select ${column} as id, sum(amount_micro) as micro, count(*) filter (where kind = 'grant') - count(*) filter (where kind = 'recall') as entries from credit_entry group by 1) e
        on e.id = b.subject_id
     where coalesce(b.total_micro, 0) <> coalesce(e.micro, 0) or coalesce(b.n_results, 0) <> coalesce(e.entries, 0)`;
}

/** Every violation as one line; empty when the books are right. `atRest`: nothing is under way any more. */
export async function ledgerProblems(pool: Pool, { atRest }: { atRest: boolean }): Promise<string[]> {
  const problems: string[] = [];
  for (const [what, sql] of Object.entries(atRest ? { ...ALWAYS, ...AT_REST } : ALWAYS)) {
    const { rows } = await pool.query({ text: sql, rowMode: "array" });
    if (rows.length > 0) problems.push(`${what}: ${rows.slice(0, 5).join(", ")} (${rows.length})`);
  }
  return problems;
}
