import type { Pool } from "pg";

/** What confirming costs, per app and policy, from raw rows (R000.28, R000.29). */
export interface AppCost {
  app: string;
  policy: string;
  accepted: number;
  failed: number;
  /** Reported executions per accepted workunit, those of audits (a cost of their originals' policy) too; null before the first. */
  redundancyFactor: number | null;
  /** Share of decided successes that did not match; null before the first one. */
  disagreementRate: number | null;
  /** First output to decision, seconds. */
  latencyP50Seconds: number | null;
  latencyP95Seconds: number | null;
}

/** More pieces than this say no more about a share or a median, and on a busy site a day has many millions. */
export const COST_SAMPLE_WORKUNITS = 10_000;

/**
 * Over the workunits of the project that ended in the last `windowSeconds` and that the project was told of: the latest
 * COST_SAMPLE_WORKUNITS of them. It reads no more than those and their results, however large the tables are.
 */
export async function getCost(pool: Pool, slug: string, nowSeconds: number, windowSeconds: number): Promise<AppCost[]> {
  const { rows } = await pool.query<AppCost>(
    `with latest as materialized (
       select workunit_id from assimilated_result
        where project_id = (select id from project where slug = $1) and assimilated_seconds > $2
        order by assimilated_seconds desc, workunit_id desc limit ${COST_SAMPLE_WORKUNITS}
     ), ended as (
       select w.id, a.name as app, coalesce(o.policy, w.policy)->>'type' as policy, w.state, w.ended_seconds,
              o.id is not null as is_audit
         from latest l join workunit w on w.id = l.workunit_id
         join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
         left join audit x on x.workunit_id = w.id left join workunit o on o.id = x.original_id
        where w.ended_seconds > $2
     ), per_workunit as (
       select e.id, e.app, e.policy, e.state, e.is_audit,
              count(r.id) filter (where r.outcome in ('ok', 'err', 'valerr')) as executions,
              count(r.id) filter (where r.outcome = 'ok' and r.validation in ('valid', 'invalid')) as judged,
              count(r.id) filter (where r.outcome = 'ok' and r.validation = 'invalid') as wrong,
              e.ended_seconds - min(r.reported_seconds) filter (where r.outcome = 'ok') as latency
         from ended e left join result r on r.workunit_id = e.id
        group by e.id, e.app, e.policy, e.state, e.is_audit, e.ended_seconds
     )
     select app, policy, count(*) filter (where state = 'completed' and not is_audit)::int as accepted,
            count(*) filter (where state = 'failed' and not is_audit)::int as failed,
            sum(executions)::float8 / nullif(count(*) filter (where state = 'completed' and not is_audit), 0) as "redundancyFactor",
            sum(wrong)::float8 / nullif(sum(judged), 0)::float8 as "disagreementRate",
            percentile_cont(0.5) within group (order by latency) filter (where state = 'completed' and not is_audit) as "latencyP50Seconds",
            percentile_cont(0.95) within group (order by latency) filter (where state = 'completed' and not is_audit) as "latencyP95Seconds"
       from per_workunit group by app, policy order by app, policy`,
    [slug, nowSeconds - windowSeconds],
  );
  return rows;
}
