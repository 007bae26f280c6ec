import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { noteClock } from "./clock-jumps.ts";
import { countOnline, type Gauges, measureProjects, sumOf } from "./measure.ts";

export const MINUTE = 60;
/** Two days: yesterday at this hour is still there to compare with. */
const KEEP_SECONDS = 2 * 86_400;
/** After a longer pause nothing is counted afterwards: results reported while no server ran do not exist. */
const CATCH_UP_SECONDS = 3_600;
/** What was reported in a minute may be committed a little later: so far back it is counted again. */
const AGAIN_SECONDS = 2 * MINUTE;
const ROLL_UP_LOCK = 7_110_005;

/**
 * Writes down the minute that just began, and what came in during the ones before: once a minute, however many processes do
 * this. @returns rows written; 0: somebody did already.
 */
export async function rollUpStatus(deps: Deps, nowSeconds: number): Promise<number> {
  await noteClock(deps, nowSeconds);
  const minute = Math.floor(nowSeconds / MINUTE) * MINUTE;
  if (await isWritten(deps.pool, minute)) return 0;
  // No transaction of the engine's: those forbid the very plans that counting whole queues needs.
  const client = await deps.pool.connect();
  try {
    await client.query("begin");
    const lock = await client.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1) as mine", [ROLL_UP_LOCK]);
    const written =
      lock.rows[0]?.mine === true && !(await isWritten(client, minute)) ? await write(client, minute, nowSeconds) : 0;
    await client.query("commit");
    return written;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function isWritten(client: Pick<PoolClient, "query">, minute: number): Promise<boolean> {
  const { rows } = await client.query("select from status_minute where project_id = 0 and minute_seconds = $1", [
    minute,
  ]);
  return rows.length > 0;
}

async function write(client: PoolClient, minute: number, nowSeconds: number): Promise<number> {
  const { rows } = await client.query<{ last: number | null }>(
    "select max(minute_seconds) as last from status_minute where project_id = 0 and minute_seconds < $1",
    [minute],
  );
  const last = rows[0]?.last ?? minute - CATCH_UP_SECONDS;
  await addFlows(client, Math.max(last - AGAIN_SECONDS, minute - CATCH_UP_SECONDS), minute);
  const written = await addGauges(client, minute, nowSeconds);
  await client.query("delete from status_minute where minute_seconds < $1", [minute - KEEP_SECONDS]);
  return written;
}

/** A project has a row in the minutes in which there was something to say of it. */
async function addGauges(client: PoolClient, minute: number, nowSeconds: number): Promise<number> {
  const projects = await measureProjects(client, nowSeconds);
  const { hostsOnline } = await countOnline(client, nowSeconds);
  const lively = projects.filter((one) => one.workunitsOpen > 0 || one.inProgress > 0 || one.backlog > 0);
  const all = [{ projectId: 0, ...sumOf(projects, hostsOnline) }, ...lively];
  const column = (of: (one: Gauges & { projectId: number }) => number | null) => all.map(of);
  const { rowCount } = await client.query(
    `insert into status_minute (minute_seconds, project_id, unsent, in_progress, being_checked, oldest_waiting_seconds,
        workunits_open, workunits_confirmed, workunits_failed, backlog, failing, hosts)
     select $1, * from unnest($2::bigint[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
                              $10::int[], $11::int[], $12::int[])
     on conflict (project_id, minute_seconds) do nothing`,
    [
      minute,
      column((one) => one.projectId),
      column((one) => one.unsent),
      column((one) => one.inProgress),
      column((one) => one.beingChecked),
      column((one) => one.oldestWaitingSeconds),
      column((one) => one.workunitsOpen),
      column((one) => one.workunitsConfirmed),
      column((one) => one.workunitsFailed),
      column((one) => one.backlog),
      column((one) => one.failing),
      column((one) => one.hosts),
    ],
  );
  return rowCount ?? 0;
}

/** What came in from `from` until before `to`, per minute, counted anew. Reads hosts seen since, and their latest results. */
async function addFlows(client: PoolClient, from: number, to: number): Promise<void> {
  await client.query(
    `with came as (
       select a.project_id, r.reported_seconds / ${MINUTE} * ${MINUTE} as minute, count(*) as reported, 0 as confirmed, 0 as failed
         from host h join result r on r.host_id = h.id and r.state = 'over' and r.reported_seconds >= $1 and r.reported_seconds < $2
         join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id
        where h.last_seen_seconds >= $1 group by 1, 2
       union all
       select p.id, s.assimilated_seconds / ${MINUTE} * ${MINUTE}, 0, count(*) filter (where s.succeeded), count(*) filter (where not s.succeeded)
         from project p join assimilated_result s on s.project_id = p.id and s.assimilated_seconds >= $1 and s.assimilated_seconds < $2
        group by 1, 2)
     insert into status_minute (project_id, minute_seconds, reported, confirmed, failed)
     select coalesce(project_id, 0), minute, sum(reported), sum(confirmed), sum(failed)
       from came group by grouping sets ((project_id, minute), (minute))
     on conflict (project_id, minute_seconds) do update
        set reported = excluded.reported, confirmed = excluded.confirmed, failed = excluded.failed`,
    [from, to],
  );
}
