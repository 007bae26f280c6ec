import type { Pool } from "pg";

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

/** Every public project with its progress. Counts are of raw rows. */
export async function listProjects(pool: Pool, nowSeconds: number, slug?: string): Promise<ProjectSummary[]> {
  const { rows } = await pool.query<ProjectSummary>(
    `select p.slug, p.name, p.summary, p.organisation,
            coalesce(w.workunits, 0)::int as workunits, coalesce(w.confirmed, 0)::int as confirmed,
            coalesce(w.failed, 0)::int as failed, coalesce(w.last_day, 0)::int as "confirmedLastDay",
            coalesce(r.in_progress, 0)::int as "inProgress"
       from project p
       left join (
         select a.project_id, count(*) as workunits,
                count(*) filter (where w.state = 'completed') as confirmed,
                count(*) filter (where w.state = 'failed') as failed,
                count(*) filter (where w.state = 'completed' and w.ended_seconds > $1 - 86400) as last_day
           from workunit w join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
          where not exists (select from audit x where x.workunit_id = w.id)
          group by a.project_id
       ) w on w.project_id = p.id
       left join (
         select a.project_id, count(*) as in_progress
           from result r join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id
          where r.state = 'in_progress'
          group by a.project_id
       ) r on r.project_id = p.id
      where $2::text is null or p.slug = $2
      order by p.id`,
    [nowSeconds, slug ?? null],
  );
  return rows;
}
