import type { Pool } from "pg";
import { AUDITS_KEY } from "../audit/create-audits.ts";
import { BATCH_COUNTS } from "../batch/batch-totals.ts";
import { VISIBLE } from "./authorise.ts";

export interface ProjectSummary {
  slug: string;
  name: string;
  summary: string;
  organisation: string;
  workunits: number;
  confirmed: number;
  failed: number;
  /** Results out with volunteers at this moment. */
  inProgress: number;
  confirmedLastDay: number;
}

/**
 * Every project that others than its members see, with its progress, re-checks left out. Ended workunits are counted by their batch when they are
 * assimilated; those that just ended, and are not, are added. No query here grows with what lies in the past. With `slug`
 * that project alone, whoever may see it: the caller has asked.
 */
export async function listProjects(pool: Pool, nowSeconds: number, slug?: string): Promise<ProjectSummary[]> {
  const { rows } = await pool.query<ProjectSummary>(
    `select p.slug, p.name, p.summary, p.organisation, coalesce(b.workunits, 0)::int as workunits,
            (coalesce(b.confirmed, 0) + coalesce(o.confirmed, 0))::int as confirmed,
            (coalesce(b.failed, 0) + coalesce(o.failed, 0))::int as failed,
            ((select count(*) from assimilated_result x where x.project_id = p.id and x.assimilated_seconds > $1 - 86400
                 and x.succeeded and not exists (select from audit a where a.workunit_id = x.workunit_id))
              + coalesce(o.confirmed, 0))::int as "confirmedLastDay",
            coalesce(r.in_progress, 0)::int as "inProgress"
       from project p
       left join (
         select a.project_id, sum(b.n_workunits) as workunits, sum(b.n_completed) as confirmed, sum(b.n_failed) as failed
           from ${BATCH_COUNTS} b join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id
          where b.key is distinct from $3 group by a.project_id
       ) b on b.project_id = p.id
       left join (
         select o.project_id, count(*) filter (where w.state = 'completed') as confirmed,
                count(*) filter (where w.state = 'failed') as failed
           from outbox o join workunit w on w.id = o.workunit_id
          where o.done_seconds is null and o.kind = 'assimilate'
            and not exists (select from audit x where x.workunit_id = w.id)
          group by o.project_id
       ) o on o.project_id = p.id
       left join (
         select a.project_id, sum(out.n) as in_progress
           from (select app_version_id, count(*) as n from result where state = 'in_progress' group by app_version_id) out
           join app_version v on v.id = out.app_version_id join app a on a.id = v.app_id
          group by a.project_id
       ) r on r.project_id = p.id
      where ($2::text is null and ${VISIBLE}) or p.slug = $2
      order by p.id`,
    [nowSeconds, slug ?? null, AUDITS_KEY],
  );
  return rows;
}
