import type { Pool } from "pg";
import type { Fate } from "../core/wire/exchange.ts";
import { type FateColumns, fateOf } from "./fate.ts";

export interface MyCredit {
  userId: number;
  name: string | null;
  totalMicro: number;
  recentAverage: number;
  recentAverageSeconds: number;
  /** Results that have their credit. */
  confirmedResults: number;
  beingChecked: number;
  rank: number | null;
  /** Credit per day (UTC), oldest first; days without any are left out. */
  days: { daySeconds: number; micro: number }[];
  projects: { slug: string; name: string; micro: number; results: number }[];
  results: MyResult[];
  /** Credit that was taken back, newest first: a later check by others contradicted the answer. */
  takenBack: { workunitId: number; workunitName: string; micro: number; seconds: number; auditId: number | null }[];
}

export interface MyResult {
  resultId: number;
  workunitId: number;
  workunitName: string;
  project: string;
  projectSlug: string;
  fate: Fate;
  creditMicro: number | null;
  /** A later check contradicted it, and its credit was taken back. */
  takenBack: boolean;
  backend: string | null;
  sentSeconds: number;
  reportedSeconds: number | null;
  reason: string | null;
  errorCode: string | null;
}

const DAYS_SHOWN = 60;
const RESULTS_SHOWN = 50;

/** Everything the credit page of one user shows, from the ledger and the raw results. */
export async function getMyCredit(pool: Pool, userId: string, nowSeconds: number): Promise<MyCredit> {
  const [head, days, projects, results, takenBack] = await Promise.all([
    loadHead(pool, userId),
    loadDays(pool, userId, nowSeconds),
    loadProjects(pool, userId),
    loadResults(pool, userId),
    loadTakenBack(pool, userId),
  ]);
  return { ...head, days, projects, results, takenBack };
}

type Head = Omit<MyCredit, "days" | "projects" | "results" | "takenBack">;

async function loadHead(pool: Pool, userId: string): Promise<Head> {
  const { rows } = await pool.query<Head>(
    `select u.id as "userId", u.name,
            (coalesce(b.total_micro, 0) + coalesce(
              (select sum(e.amount_micro) from credit_pending e where e.user_id = u.id), 0))::float8 as "totalMicro",
            coalesce(b.recent_average, 0) as "recentAverage",
            coalesce(b.recent_average_seconds, u.created_seconds) as "recentAverageSeconds",
            (coalesce(b.n_results, 0) + coalesce((select sum(case e.kind when 'grant' then 1 else -1 end)
                from credit_pending e where e.user_id = u.id), 0))::int as "confirmedResults",
            (select count(*)::int from host h join result r on r.host_id = h.id and r.state = 'over'
              where h.user_id = u.id and r.outcome = 'ok' and r.validation in ('init', 'inconclusive')) as "beingChecked",
            case when b.total_micro > 0 then
              (select count(*)::int + 1 from credit_balance o where o.kind = 'user' and o.project_id = 0
                  and o.total_micro > b.total_micro) end as rank
       from app_user u left join credit_balance b on b.kind = 'user' and b.subject_id = u.id and b.project_id = 0
      where u.id = $1`,
    [userId],
  );
  const head = rows[0];
  if (!head) throw new Error(`user ${userId} does not exist`);
  return head;
}

async function loadDays(pool: Pool, userId: string, nowSeconds: number): Promise<MyCredit["days"]> {
  const { rows } = await pool.query<{ daySeconds: number; micro: number }>(
    `select granted_seconds / 86400 * 86400 as "daySeconds", sum(amount_micro)::float8 as micro
       from credit_entry where user_id = $1 and granted_seconds > $2 group by 1 order by 1`,
    [userId, nowSeconds - DAYS_SHOWN * 86_400],
  );
  return rows;
}

async function loadProjects(pool: Pool, userId: string): Promise<MyCredit["projects"]> {
  const { rows } = await pool.query<MyCredit["projects"][number]>(
    `select p.slug, p.name, sum(e.amount_micro)::float8 as micro, 
            (count(*) filter (where e.kind = 'grant') - count(*) filter (where e.kind = 'recall'))::int as results
       from credit_entry e join project p on p.id = e.project_id
      where e.user_id = $1 group by p.slug, p.name order by micro desc`,
    [userId],
  );
  return rows;
}

async function loadResults(pool: Pool, userId: string): Promise<MyResult[]> {
  const { rows } = await pool.query<Omit<MyResult, "fate"> & FateColumns>(
    `select r.id as "resultId", r.workunit_id as "workunitId", w.name as "workunitName", p.name as project,
            p.slug as "projectSlug", r.state, r.outcome, r.validation, r.credit_micro as "creditMicro", r.backend,
            exists (select from credit_entry e where e.result_id = r.id and e.kind = 'recall') as "takenBack",
            r.sent_seconds as "sentSeconds", r.reported_seconds as "reportedSeconds", r.reason, r.error_code as "errorCode"
       from host h cross join lateral (select * from result o where o.host_id = h.id and o.state = 'over'
              order by o.reported_seconds desc nulls last, o.id desc limit $2) r
       join workunit w on w.id = r.workunit_id
       join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
      where h.user_id = $1
      order by r.reported_seconds desc nulls last, r.id desc limit $2`,
    [userId, RESULTS_SHOWN],
  );
  return rows.map(({ state, outcome, validation, ...row }) => ({
    ...row,
    fate: fateOf({ state, outcome, validation }),
  }));
}

async function loadTakenBack(pool: Pool, userId: string): Promise<MyCredit["takenBack"]> {
  const { rows } = await pool.query<MyCredit["takenBack"][number]>(
    `select w.id as "workunitId", w.name as "workunitName", e.amount_micro as micro, e.granted_seconds as seconds,
            (select max(a.workunit_id) from audit a where a.original_id = w.id and a.outcome = 'recalled') as "auditId"
       from credit_entry e join result r on r.id = e.result_id join workunit w on w.id = r.workunit_id
      where e.user_id = $1 and e.kind = 'recall' order by e.granted_seconds desc, e.result_id desc limit $2`,
    [userId, RESULTS_SHOWN],
  );
  return rows;
}
