import type { Pool } from "../database/pool.ts";
import { listHandlers } from "../handler/list-handlers.ts";
import { lastClockJump } from "./clock-jumps.ts";
import { findProblems, type Problem } from "./find-problems.ts";
import { type HandlerFailure, handlerFailure } from "./handler-failure.ts";
import { countOnline, type Gauges, measureProjects, type Online, sumOf } from "./measure.ts";
import { loadHistory, type Moment } from "./status-history.ts";

export interface SiteStatus extends Gauges, Online {
  nowSeconds: number;
  databaseVersion: string;
  /** When these were counted: once a minute. */
  countedSeconds: number;
  /** Over the last five whole minutes. */
  reportedPerMinute: number;
  confirmedPerMinute: number;
  /** Projects that something waits for or that are being computed. */
  projects: ProjectStatus[];
  /** Projects' handlers that something waits for or that fail. Addresses and answers are the operator's. */
  handlers: HandlerNumbers[];
  history: Moment[];
  problems: Problem[];
}

export interface ProjectStatus extends Gauges {
  slug: string;
  name: string;
  reportedPerMinute: number;
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
  failure: HandlerFailure | null;
}

export type StatusQuery = { hours: number; diskFull: boolean };

/** Whole minutes that "per minute" is the mean of. */
const RATE_MINUTES = 5;

/** The state of the server in numbers, from what the sweeper counts once a minute: it costs the same whatever was before. */
export async function getStatus(pool: Pool, query: StatusQuery, nowSeconds: number): Promise<SiteStatus> {
  const [counted, online, rates, history, handlers, clockJump, version] = await Promise.all([
    loadCounted(pool, nowSeconds),
    countOnline(pool, nowSeconds),
    loadRates(pool, nowSeconds),
    loadHistory(pool, query.hours, nowSeconds),
    loadHandlers(pool, nowSeconds),
    lastClockJump(pool),
    pool.query<{ version: string }>("select current_setting('server_version') as version"),
  ]);
  const { site, projects, countedSeconds } = counted;
  const observed = { ...site, ...online, nowSeconds, countedSeconds, clockJump, handlers, diskFull: query.diskFull };
  const ofSite = rates.get(0);
  return {
    ...site,
    ...online,
    nowSeconds,
    databaseVersion: version.rows[0]?.version ?? "",
    countedSeconds: countedSeconds ?? nowSeconds,
    reportedPerMinute: ofSite?.reported ?? 0,
    confirmedPerMinute: ofSite?.confirmed ?? 0,
    projects: projects.map(({ projectId, ...one }) => ({
      ...one,
      reportedPerMinute: rates.get(projectId)?.reported ?? 0,
    })),
    handlers,
    history,
    problems: findProblems(observed),
  };
}

type Counted = {
  site: Gauges;
  projects: (Gauges & { projectId: number; slug: string; name: string })[];
  countedSeconds: number | null;
};

const COLUMNS = `m.project_id as "projectId", m.unsent, m.in_progress as "inProgress", m.being_checked as "beingChecked",
  m.oldest_waiting_seconds as "oldestWaitingSeconds", m.workunits_open as "workunitsOpen", m.workunits_confirmed as "workunitsConfirmed",
  m.workunits_failed as "workunitsFailed", m.backlog, m.failing, m.hosts`;

/** The minute counted last; before the first one, in the first seconds of a new site, everything is counted here. */
async function loadCounted(pool: Pool, nowSeconds: number): Promise<Counted> {
  const { rows } = await pool.query<Gauges & { projectId: number; minute: number; slug: string; name: string }>(
    `select ${COLUMNS}, m.minute_seconds as minute, p.slug, p.name from status_minute m left join project p on p.id = m.project_id
      where (m.project_id = 0 or (p.state = 'published' and p.suspended_reason is null)) and m.minute_seconds = (select max(minute_seconds) from status_minute where project_id = 0 and unsent is not null)
        and m.unsent is not null order by m.project_id`,
  );
  const [first, ...others] = rows;
  if (first === undefined) return { ...(await measureNow(pool, nowSeconds)), countedSeconds: null };
  const { minute, projectId: _site, slug: _slug, name: _name, ...site } = first;
  return { site, projects: others.map(({ minute: _minute, ...one }) => one), countedSeconds: minute };
}

/** Everything as it is this very moment, at the cost of counting it. */
export async function measureNow(pool: Pool, nowSeconds: number): Promise<Omit<Counted, "countedSeconds">> {
  const [projects, { hostsOnline }, names] = await Promise.all([
    measureProjects(pool, nowSeconds),
    countOnline(pool, nowSeconds),
    pool.query<{ id: number; slug: string; name: string }>(
      "select id, slug, name from project where state = 'published' and suspended_reason is null",
    ),
  ]);
  const named = new Map(names.rows.map(({ id, slug, name }) => [id, { slug, name }]));
  const lively = projects.filter((one) => one.workunitsOpen > 0 || one.inProgress > 0);
  return {
    site: sumOf(projects, hostsOnline),
    projects: lively.flatMap((one) => {
      const name = named.get(one.projectId);
      return name === undefined ? [] : [{ ...one, ...name }];
    }),
  };
}

type Rates = Map<number, { reported: number; confirmed: number }>;

async function loadRates(pool: Pool, nowSeconds: number): Promise<Rates> {
  const minute = Math.floor(nowSeconds / 60) * 60;
  const { rows } = await pool.query<{ projectId: number; reported: number; confirmed: number }>(
    `select project_id as "projectId", sum(reported)::float8 / ${RATE_MINUTES} as reported, sum(confirmed)::float8 / ${RATE_MINUTES} as confirmed
       from status_minute where minute_seconds >= $1 and minute_seconds < $2 group by 1`,
    [minute - RATE_MINUTES * 60, minute],
  );
  return new Map(rows.map(({ projectId, ...rate }) => [projectId, rate]));
}

/** Of projects that everybody may see: those of others are named to nobody. */
async function loadHandlers(pool: Pool, nowSeconds: number): Promise<HandlerNumbers[]> {
  const handlers = await listHandlers(pool, nowSeconds, { ofVisible: true });
  return handlers
    .filter(({ waiting, failingSinceSeconds }) => waiting > 0 || failingSinceSeconds !== null)
    .map(({ id, project, kind, enabled, waiting, oldestSeconds, failingSinceSeconds, lastError }) => ({
      id,
      project,
      kind,
      enabled,
      waiting,
      oldestSeconds,
      failingSinceSeconds,
      failure: handlerFailure({ kind, failingSinceSeconds, lastError }),
    }));
}
