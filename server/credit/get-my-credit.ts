import { loadBadges } from "../badge/load-badges.ts";
import type { Badge } from "../core/credit/badges.ts";
import { averageNow } from "../core/credit/recent-average.ts";
import type { Pool } from "../database/pool.ts";
import { findPlace } from "../leaderboard/find-place.ts";
import { identitiesOf } from "./identities.ts";
import { listMyResults, type MyResult } from "./list-my-results.ts";
import { listPending, type Pending } from "./list-pending.ts";

export interface MyCredit {
  userId: number;
  name: string | null;
  /** The person has a public page. */
  isPublic: boolean;
  team: { id: number; name: string } | null;
  totalMicro: number;
  /** Credit per day, as it reads now. */
  recentAverage: number;
  /** Results that have their credit. */
  confirmedResults: number;
  beingChecked: number;
  rank: number | null;
  pending: Pending;
  projects: { slug: string; name: string; micro: number; results: number }[];
  devices: MyDevice[];
  badges: Badge[];
  /** The latest; more of them by listMyResults. */
  results: MyResult[];
  /** Credit that was taken back, newest first: a later check by others contradicted the answer. */
  takenBack: { workunitId: number; workunitName: string; micro: number; seconds: number; auditId: number | null }[];
}

export interface MyDevice {
  hostId: number;
  /** Null: it has no name. */
  name: string | null;
  cores: number;
  micro: number;
  results: number;
  recentAverage: number;
  lastSeenSeconds: number;
}

export const RESULTS_SHOWN = 50;
const DEVICES_SHOWN = 100;
const PENDING_SHOWN = 20;

/** Everything the credit page of one user shows, from the ledger and the raw results. */
export async function getMyCredit(pool: Pool, id: number | string, nowSeconds: number): Promise<MyCredit> {
  const userId = Number(id);
  const [head, pending, projects, devices, badges, results, takenBack] = await Promise.all([
    loadHead(pool, userId, nowSeconds),
    listPending(pool, { userId, limit: PENDING_SHOWN }),
    loadProjects(pool, userId),
    loadDevices(pool, { userId }, nowSeconds),
    loadBadges(pool, userId),
    listMyResults(pool, { userId, after: null, limit: RESULTS_SHOWN }),
    loadTakenBack(pool, { userId }),
  ]);
  return { ...head, beingChecked: pending.count, pending, projects, devices, badges, results, takenBack };
}

/**
 * The same of one device alone, which may be lost: what it computed itself. Neither who its person is and where they stand, nor
 * that there are other devices.
 */
export async function getDeviceCredit(
  pool: Pool,
  { userId, onlyHostId }: { userId: number; onlyHostId: number },
  nowSeconds: number,
): Promise<MyCredit> {
  const whose = { userId, onlyHostId };
  const [pending, projects, devices, results, takenBack] = await Promise.all([
    listPending(pool, { ...whose, limit: PENDING_SHOWN }),
    loadProjectsOfDevice(pool, whose),
    loadDevices(pool, whose, nowSeconds),
    listMyResults(pool, { ...whose, after: null, limit: RESULTS_SHOWN }),
    loadTakenBack(pool, whose),
  ]);
  const [device] = devices;
  const numbers = {
    totalMicro: device?.micro ?? 0,
    recentAverage: device?.recentAverage ?? 0,
    confirmedResults: device?.results ?? 0,
  };
  const nobody = { userId, name: null, isPublic: false, team: null, rank: null, badges: [] };
  return { ...nobody, ...numbers, beingChecked: pending.count, pending, projects, devices, results, takenBack };
}

export type CreditHead = Pick<
  MyCredit,
  "userId" | "name" | "isPublic" | "team" | "totalMicro" | "recentAverage" | "confirmedResults" | "rank"
>;
type HeadRow = Omit<CreditHead, "team" | "rank"> & {
  recentAverageSeconds: number;
  teamId: number | null;
  teamName: string | null;
};

/** The numbers of one user: balances, and what is not folded into them yet. */
export async function loadHead(pool: Pool, userId: number, nowSeconds: number): Promise<CreditHead> {
  const { rows } = await pool.query<HeadRow>(
    `select u.id as "userId", u.name, u.public_since_seconds is not null as "isPublic",
            (coalesce(b.total_micro, 0) + coalesce(p.micro, 0))::float8 as "totalMicro",
            coalesce(own.recent_average, 0) as "recentAverage",
            coalesce(own.recent_average_seconds, u.created_seconds) as "recentAverageSeconds",
            (coalesce(b.n_results, 0) + coalesce(p.results, 0))::int as "confirmedResults", t.id as "teamId", t.name as "teamName"
       from app_user u
       -- Until folding has heard of it, an identity that was joined has a balance of its own.
       left join lateral (select sum(total_micro) as total_micro, sum(n_results) as n_results from credit_balance
              where kind = 'user' and project_id = 0 and subject_id in ${identitiesOf("u.id")}) b on true
       left join credit_balance own on own.kind = 'user' and own.subject_id = u.id and own.project_id = 0
       left join lateral (select sum(amount_micro) as micro, sum(case kind when 'grant' then 1 else -1 end) as results from credit_pending
              where user_id in ${identitiesOf("u.id")}) p on true
       left join team_membership m on m.user_id = u.id and m.left_seconds is null left join team t on t.id = m.team_id
      where u.id = $1`,
    [userId],
  );
  const [row] = rows;
  if (!row) throw new Error(`user ${userId} does not exist`);
  const { recentAverageSeconds, teamId, teamName, ...head } = row;
  const place = await findPlace(
    pool,
    { board: { kind: "users", order: "total", projectId: 0 }, ids: [userId] },
    nowSeconds,
  );
  return {
    ...head,
    recentAverage: averageNow({ perDay: row.recentAverage, seconds: recentAverageSeconds }, nowSeconds),
    team: teamId === null ? null : { id: teamId, name: teamName ?? "" },
    rank: place?.rank ?? null,
  };
}

async function loadProjects(pool: Pool, userId: number): Promise<MyCredit["projects"]> {
  const { rows } = await pool.query<MyCredit["projects"][number]>(
    `select p.slug, p.name, sum(b.micro)::float8 as micro, sum(b.results)::int as results
       from (select project_id, total_micro as micro, n_results as results from credit_balance
              where kind = 'user_project' and subject_id in ${identitiesOf("$1")}
             union all select project_id, amount_micro, case kind when 'grant' then 1 else -1 end from credit_pending
              where user_id in ${identitiesOf("$1")}) b
       join project p on p.id = b.project_id group by p.slug, p.name order by micro desc`,
    [userId],
  );
  return rows;
}

async function loadProjectsOfDevice(
  pool: Pool,
  { userId, onlyHostId }: { userId: number; onlyHostId: number },
): Promise<MyCredit["projects"]> {
  const { rows } = await pool.query<MyCredit["projects"][number]>(
    `select p.slug, p.name, sum(b.micro)::float8 as micro, sum(b.results)::int as results
       from (select project_id, total_micro as micro, n_results as results from credit_balance
              where kind = 'host_project' and subject_id = $2
             union all select project_id, amount_micro, case kind when 'grant' then 1 else -1 end from credit_pending
              where user_id in ${identitiesOf("$1")} and host_id = $2) b
       join project p on p.id = b.project_id group by p.slug, p.name order by micro desc`,
    [userId, onlyHostId],
  );
  return rows;
}

async function loadDevices(
  pool: Pool,
  { userId, onlyHostId = null }: { userId: number; onlyHostId?: number | null },
  nowSeconds: number,
): Promise<MyDevice[]> {
  const { rows } = await pool.query<MyDevice & { recentAverageSeconds: number }>(
    `select h.id as "hostId", h.name, h.cores, h.last_seen_seconds as "lastSeenSeconds",
            (coalesce(b.total_micro, 0) + coalesce(p.micro, 0))::float8 as micro, (coalesce(b.n_results, 0) + coalesce(p.results, 0))::int as results,
            coalesce(b.recent_average, 0) as "recentAverage", coalesce(b.recent_average_seconds, h.created_seconds) as "recentAverageSeconds"
       from host h left join credit_balance b on b.kind = 'host' and b.subject_id = h.id and b.project_id = 0
       left join (select host_id, sum(amount_micro) as micro, sum(case kind when 'grant' then 1 else -1 end) as results from credit_pending
              where user_id in ${identitiesOf("$1")} group by 1) p on p.host_id = h.id
      where h.user_id in ${identitiesOf("$1")} and ($2::bigint is null or h.id = $2) order by 5 desc, h.id limit ${DEVICES_SHOWN}`,
    [userId, onlyHostId],
  );
  return rows.map(({ recentAverageSeconds, ...row }) => ({
    ...row,
    recentAverage: averageNow({ perDay: row.recentAverage, seconds: recentAverageSeconds }, nowSeconds),
  }));
}

async function loadTakenBack(
  pool: Pool,
  { userId, onlyHostId = null }: { userId: number; onlyHostId?: number | null },
): Promise<MyCredit["takenBack"]> {
  const { rows } = await pool.query<MyCredit["takenBack"][number]>(
    `select w.id as "workunitId", w.name as "workunitName", e.amount_micro as micro, e.granted_seconds as seconds,
            (select max(a.workunit_id) from audit a where a.original_id = w.id and a.outcome = 'recalled') as "auditId"
       from credit_entry e join result r on r.id = e.result_id join workunit w on w.id = r.workunit_id
      where e.user_id in ${identitiesOf("$1")} and e.kind = 'recall' and ($3::bigint is null or e.host_id = $3)
      order by e.granted_seconds desc, e.result_id desc limit $2`,
    [userId, RESULTS_SHOWN, onlyHostId],
  );
  return rows;
}
