import type { Pool } from "pg";
import { listHandlers } from "../handler/list-handlers.ts";

export interface SiteStatus {
  nowSeconds: number;
  databaseVersion: string;
  unsent: number;
  inProgress: number;
  /** Successes that wait for a decision. */
  beingChecked: number;
  workunitsOpen: number;
  workunitsConfirmed: number;
  workunitsFailed: number;
  oldestWaitingSeconds: number | null;
  /** Messages to projects that are not delivered yet, and those of them that were tried in vain. */
  assimilationBacklog: number;
  outboxFailing: number;
  /** Projects' handlers that something waits for or that fail. Addresses and answers are the operator's. */
  handlers: HandlerNumbers[];
  usersOnline: number;
  hostsOnline: number;
  /** Reported and confirmed results per ten minutes over the last six hours, oldest first. */
  history: { atSeconds: number; reported: number; confirmed: number }[];
}

export interface HandlerNumbers {
  id: number;
  project: string;
  kind: "webhook" | "export";
  enabled: boolean;
  waiting: number;
  oldestSeconds: number | null;
  /** Null: the last delivery succeeded. */
  failingSinceSeconds: number | null;
}

const TO_PROJECTS = "('assimilate', 'recall', 'webhook', 'export')";

const ONLINE_SECONDS = 300;
const BUCKET_SECONDS = 600;
const HISTORY_SECONDS = 6 * 3_600;

/** Unsent results of each app version among which workunits that have a success are looked for: hand-outs begin at the front. */
const FRONT_OF_QUEUE = 1_000;

/** The state of the server in numbers. No query here grows with what lies in the past, but for the history's six hours. */
export async function getStatus(pool: Pool, nowSeconds: number): Promise<SiteStatus> {
  const [counts, history, handlers] = await Promise.all([
    loadCounts(pool, nowSeconds),
    loadHistory(pool, nowSeconds),
    loadHandlers(pool, nowSeconds),
  ]);
  return { nowSeconds, ...counts, history, handlers };
}

type Counts = Omit<SiteStatus, "nowSeconds" | "history" | "handlers">;

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
  select count(*)::int as n, min(r.reported_seconds) as oldest
    from begun b join workunit w on w.id = b.workunit_id join result r on r.workunit_id = w.id
   where w.state = 'open' and r.outcome = 'ok' and r.validation in ('init', 'inconclusive')`;

/** Counted by batches when they are assimilated; those that just ended, and are not, are added. */
const ENDED = `select b.workunits, b.completed + o.completed as completed, b.failed + o.failed as failed
    from (select coalesce(sum(n_workunits), 0) as workunits, coalesce(sum(n_completed), 0) as completed,
                 coalesce(sum(n_failed), 0) as failed from batch) b,
         (select count(*) filter (where w.state = 'completed') as completed, count(*) filter (where w.state = 'failed') as failed
            from outbox o join workunit w on w.id = o.workunit_id where o.done_seconds is null and o.kind = 'assimilate') o`;

async function loadCounts(pool: Pool, nowSeconds: number): Promise<Counts> {
  const { rows } = await pool.query<Counts>(
    `select current_setting('server_version') as "databaseVersion",
            (select count(*)::int from result where state = 'unsent') as unsent,
            (select count(*)::int from result where state = 'in_progress') as "inProgress",
            checked.n as "beingChecked", $1 - checked.oldest as "oldestWaitingSeconds",
            (ended.workunits - ended.completed - ended.failed)::int as "workunitsOpen",
            ended.completed::int as "workunitsConfirmed", ended.failed::int as "workunitsFailed",
            (select count(*)::int from outbox where done_seconds is null and kind = 'assimilate') as "assimilationBacklog",
            (select count(*)::int from outbox where done_seconds is null and last_error is not null and kind in ${TO_PROJECTS}) as "outboxFailing",
            (select count(distinct user_id)::int from host where last_seen_seconds > $1 - $2) as "usersOnline",
            (select count(*)::int from host where last_seen_seconds > $1 - $2) as "hostsOnline"
       from (${WAITING}) checked, (${ENDED}) ended`,
    [nowSeconds, ONLINE_SECONDS],
  );
  const counts = rows[0];
  if (!counts) throw new Error("the status query returned no row");
  return counts;
}

async function loadHandlers(pool: Pool, nowSeconds: number): Promise<HandlerNumbers[]> {
  const handlers = await listHandlers(pool, nowSeconds);
  return handlers
    .filter(({ waiting, failingSinceSeconds }) => waiting > 0 || failingSinceSeconds !== null)
    .map(({ id, project, kind, enabled, waiting, oldestSeconds, failingSinceSeconds }) => ({
      id,
      project,
      kind,
      enabled,
      waiting,
      oldestSeconds,
      failingSinceSeconds,
    }));
}

async function loadHistory(pool: Pool, nowSeconds: number): Promise<SiteStatus["history"]> {
  const from = Math.floor((nowSeconds - HISTORY_SECONDS) / BUCKET_SECONDS) * BUCKET_SECONDS;
  const { rows } = await pool.query<{ atSeconds: number; reported: number; confirmed: number }>(
    `select b as "atSeconds", coalesce(r.reported, 0)::int as reported, coalesce(r.confirmed, 0)::int as confirmed
       from generate_series($1::bigint, $2::bigint, $3::bigint) b
       left join (
         select r.reported_seconds / $3 * $3 as bucket, count(*) as reported, count(*) filter (where r.validation = 'valid') as confirmed
           from host h join result r on r.host_id = h.id and r.state = 'over' and r.reported_seconds >= $1
          where h.last_seen_seconds >= $1 group by 1
       ) r on r.bucket = b order by b`,
    [from, nowSeconds, BUCKET_SECONDS],
  );
  return rows;
}
