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

/** The state of the server in numbers, all of raw rows. */
export async function getStatus(pool: Pool, nowSeconds: number): Promise<SiteStatus> {
  const [counts, history, handlers] = await Promise.all([
    loadCounts(pool, nowSeconds),
    loadHistory(pool, nowSeconds),
    loadHandlers(pool, nowSeconds),
  ]);
  return { nowSeconds, ...counts, history, handlers };
}

type Counts = Omit<SiteStatus, "nowSeconds" | "history" | "handlers">;

async function loadCounts(pool: Pool, nowSeconds: number): Promise<Counts> {
  const { rows } = await pool.query<Counts>(
    `select current_setting('server_version') as "databaseVersion",
            (select count(*)::int from result where state = 'unsent') as unsent,
            (select count(*)::int from result where state = 'in_progress') as "inProgress",
            (select count(*)::int from workunit w join result r on r.workunit_id = w.id
              where w.state = 'open' and r.outcome = 'ok' and r.validation in ('init', 'inconclusive')) as "beingChecked",
            (select count(*)::int from workunit where state = 'open') as "workunitsOpen",
            (select count(*)::int from workunit where state = 'completed') as "workunitsConfirmed",
            (select count(*)::int from workunit where state = 'failed') as "workunitsFailed",
            (select $1 - min(r.reported_seconds) from workunit w join result r on r.workunit_id = w.id
              where w.state = 'open' and r.outcome = 'ok' and r.validation in ('init', 'inconclusive')) as "oldestWaitingSeconds",
            (select count(*)::int from outbox where done_seconds is null and kind = 'assimilate') as "assimilationBacklog",
            (select count(*)::int from outbox where done_seconds is null and last_error is not null and kind in ${TO_PROJECTS}) as "outboxFailing",
            (select count(distinct user_id)::int from host where last_seen_seconds > $1 - $2) as "usersOnline",
            (select count(*)::int from host where last_seen_seconds > $1 - $2) as "hostsOnline"`,
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
         select reported_seconds / $3 * $3 as bucket, count(*) as reported, count(*) filter (where validation = 'valid') as confirmed
           from result where reported_seconds >= $1 group by 1
       ) r on r.bucket = b order by b`,
    [from, nowSeconds, BUCKET_SECONDS],
  );
  return rows;
}
