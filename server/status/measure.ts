import { BATCH_COUNTS } from "../batch/batch-totals.ts";
import type { Pool, PoolClient } from "../database/pool.ts";
import { HELD_RANK } from "../sql/find-candidates.ts";

/** What waits and what is done, of one project or of the whole site. */
export type Gauges = {
  unsent: number;
  inProgress: number;
  /** Workunits with a success that wait for a decision, and how long the oldest of them has waited. */
  beingChecked: number;
  oldestWaitingSeconds: number | null;
  workunitsOpen: number;
  workunitsConfirmed: number;
  workunitsFailed: number;
  /** Messages to projects that are not delivered yet, and those of them that were tried in vain. */
  backlog: number;
  failing: number;
  /** Devices that compute for it just now. */
  hosts: number;
};

const TO_PROJECTS = "('assimilate', 'recall', 'webhook', 'export')";

/** Unsent results of each app version among which workunits that have a success are looked for: hand-outs begin at the front. */
const FRONT_OF_QUEUE = 1_000;

/** A workunit that has a success and is open waits for something: a result that is out or is to be, or a verdict. */
const WAITING = `with begun as (
    select workunit_id from result where state = 'in_progress'
    union select u.workunit_id from app_version v, lateral (select r.workunit_id from result r
             where r.state = 'unsent' and r.app_version_id = v.id and r.urgent) u
    union select u.workunit_id from app_version v, lateral (select r.workunit_id from result r
             where r.state = 'unsent' and r.app_version_id = v.id and not r.urgent
             order by r.queue_rank, r.id limit ${FRONT_OF_QUEUE}) u
    union select workunit_id from comparison where agree is null
    union select workunit_id from verification where verdict is null)
  select w.app_version_id, count(*) as n, min(r.reported_seconds) as oldest
    from begun b join workunit w on w.id = b.workunit_id join result r on r.workunit_id = w.id
   where w.state = 'open' and r.outcome = 'ok' and r.validation in ('init', 'inconclusive') group by 1`;

/** Counted by batches when they are assimilated; those that just ended, and are not, are added. */
const ENDED = `select coalesce(b.app_version_id, o.app_version_id) as app_version_id, coalesce(b.workunits, 0) as workunits,
         coalesce(b.completed, 0) + coalesce(o.completed, 0) as completed, coalesce(b.failed, 0) + coalesce(o.failed, 0) as failed
    from (select app_version_id, sum(n_workunits) as workunits, sum(n_completed) as completed, sum(n_failed) as failed
            from ${BATCH_COUNTS} c group by 1) b
    full join (select w.app_version_id, count(*) filter (where w.state = 'completed') as completed,
                      count(*) filter (where w.state = 'failed') as failed
                 from outbox o join workunit w on w.id = o.workunit_id where o.done_seconds is null and o.kind = 'assimilate' group by 1) o
      on o.app_version_id = b.app_version_id`;

const MEASURE = `
  select p.id as "projectId", coalesce(sum(u.n), 0)::int as unsent, coalesce(sum(i.n), 0)::int as "inProgress",
         coalesce(sum(c.n), 0)::int as "beingChecked", $1 - min(c.oldest) as "oldestWaitingSeconds",
         coalesce(sum(e.workunits - e.completed - e.failed), 0)::bigint as "workunitsOpen",
         coalesce(sum(e.completed), 0)::bigint as "workunitsConfirmed", coalesce(sum(e.failed), 0)::bigint as "workunitsFailed",
         coalesce(max(o.backlog), 0)::int as backlog, coalesce(max(o.failing), 0)::int as failing, coalesce(max(h.hosts), 0)::int as hosts
    from project p left join app a on a.project_id = p.id left join app_version v on v.app_id = a.id
    left join (select app_version_id, count(*) as n from result where state = 'unsent' and queue_rank < ${HELD_RANK} group by 1) u on u.app_version_id = v.id
    left join (select app_version_id, count(*) as n from result where state = 'in_progress' group by 1) i on i.app_version_id = v.id
    left join (${WAITING}) c on c.app_version_id = v.id
    left join (${ENDED}) e on e.app_version_id = v.id
    left join (select project_id, count(*) filter (where kind in ${TO_PROJECTS}) as backlog,
                      count(*) filter (where last_error is not null and kind in ${TO_PROJECTS}) as failing
                 from outbox where done_seconds is null group by 1) o on o.project_id = p.id
    left join (select a2.project_id, count(distinct r.host_id) as hosts from result r
                 join app_version v2 on v2.id = r.app_version_id join app a2 on a2.id = v2.app_id
                where r.state = 'in_progress' group by 1) h on h.project_id = p.id
   group by p.id order by p.id`;

/**
 * Counts every project. The cost grows with what waits or is out now, never with what lies in the past; the sweeper pays it
 * once a minute.
 */
export async function measureProjects(
  pool: Pool | PoolClient,
  nowSeconds: number,
): Promise<(Gauges & { projectId: number })[]> {
  const { rows } = await pool.query<Gauges & { projectId: number }>(MEASURE, [nowSeconds]);
  return rows;
}

/** The site is the sum of its projects; only devices may compute for several. */
export function sumOf(projects: readonly Gauges[], hosts: number): Gauges {
  const sum = (of: (one: Gauges) => number) => projects.reduce((total, one) => total + of(one), 0);
  const ages = projects.flatMap((one) => one.oldestWaitingSeconds ?? []);
  return {
    unsent: sum((one) => one.unsent),
    inProgress: sum((one) => one.inProgress),
    beingChecked: sum((one) => one.beingChecked),
    oldestWaitingSeconds: ages.length === 0 ? null : Math.max(...ages),
    workunitsOpen: sum((one) => one.workunitsOpen),
    workunitsConfirmed: sum((one) => one.workunitsConfirmed),
    workunitsFailed: sum((one) => one.workunitsFailed),
    backlog: sum((one) => one.backlog),
    failing: sum((one) => one.failing),
    hosts,
  };
}

/** Not seen for this long: gone. A client that computes asks at least this often. */
const ONLINE_SECONDS = 300;

export type Online = { usersOnline: number; hostsOnline: number };

/** Who was seen just now, by the index on it. */
export async function countOnline(pool: Pool | PoolClient, nowSeconds: number): Promise<Online> {
  const { rows } = await pool.query<Online>(
    `select count(distinct user_id)::int as "usersOnline", count(*)::int as "hostsOnline" from host where last_seen_seconds > $1`,
    [nowSeconds - ONLINE_SECONDS],
  );
  return rows[0] ?? { usersOnline: 0, hostsOnline: 0 };
}
