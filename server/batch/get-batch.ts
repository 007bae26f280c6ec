import type { Viewer } from "../account/viewer.ts";
import type { Deps } from "../deps.ts";
import { type Role, requireAccess, requireRoleIn } from "../project/authorise.ts";
import { Refusal } from "../refusal.ts";
import { countRecalled } from "./count-recalled.ts";
import type { BatchState } from "./draft-batch.ts";

type Queryable = Pick<Deps, "pool">;

/** How a batch is doing, as its page shows it. */
export type BatchProgress = {
  batchId: number;
  projectId: number;
  project: string;
  app: string;
  version: string;
  name: string;
  key: string;
  state: BatchState;
  createdSeconds: number;
  /** While it is sent and made: parts and workunits that are here. */
  parts: number;
  created: number;
  workunits: number;
  completed: number;
  failed: number;
  /** Due then, unless it is undone. */
  cancelSeconds: number | null;
  priority: number | null;
  /** Why it paused itself. */
  stopReason: string | null;
  stopAbove: number | null;
  /** Whoever submitted it, and whether they get a mail when it is done or stopped itself. Null: the site itself. */
  createdBy: number | null;
  notifyMail: boolean;
  doneSeconds: number | null;
  /** False: what was asked of it has yet to reach all its workunits. */
  isSettled: boolean;
  retryOf: number | null;
  /** Batches that try its failed workunits again. */
  retries: number[];
  nowSeconds: number;
};

const PROGRESS = `select b.id as "batchId", a.project_id as "projectId", p.slug as project, a.name as app, v.version, b.name, b.key,
       coalesce(c.state, case when b.state = 'cancelled' then 'cancelled' else 'open' end) as state, b.created_seconds as "createdSeconds",
       (select count(*)::int from batch_part t where t.batch_id = b.id) as parts, coalesce(nullif(c.created, 0), b.n_workunits) as created,
       b.n_workunits as workunits, b.n_completed as completed, b.n_failed as failed, c.cancel_seconds as "cancelSeconds", c.priority,
       c.stop_reason as "stopReason", c.stop_above as "stopAbove",
       (select coalesce(u.merged_into, u.id) from app_user u where u.id = c.created_by) as "createdBy", coalesce(c.notify_mail, false) as "notifyMail",
       c.done_seconds as "doneSeconds", coalesce(c.is_settled, true) as "isSettled",
       c.retry_of as "retryOf", array(select r.batch_id from batch_control r where r.retry_of = b.id order by 1) as retries
  from batch b join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
  left join batch_control c on c.batch_id = b.id`;

/** The project of a batch. @throws {Refusal} `not_found` */
export async function projectOfBatch({ pool }: Queryable, batchId: number): Promise<number> {
  const { rows } = await pool.query<{ project_id: number }>(
    "select a.project_id from batch b join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id where b.id = $1",
    [batchId],
  );
  const row = rows[0];
  if (row === undefined) throw noSuchBatch();
  return row.project_id;
}

export function noSuchBatch(): Refusal {
  return new Refusal("not_found", "There is no such batch.");
}

/** Lets members of at least this role pass. To whom the project is hidden, its batches are too. @throws {Refusal} */
export async function requireBatchRole(deps: Queryable, viewer: Viewer, batchId: number, role: Role): Promise<number> {
  const projectId = await projectOfBatch(deps, batchId);
  await requireRoleIn(deps.pool, viewer, { projectId }, role).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === "not_found" ? noSuchBatch() : error;
  });
  return projectId;
}

/** Whoever sees the project sees its batches' progress. @throws {Refusal} `not_found` */
export async function requireBatchAccess(deps: Queryable, viewer: Viewer | null, batchId: number): Promise<number> {
  const projectId = await projectOfBatch(deps, batchId);
  await requireAccess(deps.pool, viewer, { projectId }).catch(() => {
    throw noSuchBatch();
  });
  return projectId;
}

/** @throws {Refusal} `not_found` */
export async function getBatch({ pool }: Queryable, batchId: number, nowSeconds: number): Promise<BatchProgress> {
  const { rows } = await pool.query<Omit<BatchProgress, "nowSeconds">>(`${PROGRESS} where b.id = $1`, [batchId]);
  const row = rows[0];
  if (row === undefined) throw noSuchBatch();
  return { ...row, nowSeconds };
}

/** A project's batches, newest first. */
export async function listBatches(
  { pool }: Queryable,
  { projectId, beforeId, limit }: { projectId: number; beforeId: number | null; limit: number },
  nowSeconds: number,
): Promise<BatchProgress[]> {
  // The newest of each version first: read backwards all together, a project without new ones would be looked for among the others'.
  const { rows } = await pool.query<Omit<BatchProgress, "nowSeconds">>(
    `${PROGRESS} where b.id in (
       select n.id from app o join app_version m on m.app_id = o.id cross join lateral
         (select id from batch where app_version_id = m.id and id < coalesce($2, ${Number.MAX_SAFE_INTEGER}) order by id desc limit $3) n
        where o.project_id = $1 order by n.id desc limit $3)
      order by b.id desc`,
    [projectId, beforeId, limit],
  );
  return rows.map((row) => ({ ...row, nowSeconds }));
}

/** What a batch's results say of it: counted from its rows, so asked for more seldom than its progress. */
export type BatchDetails = {
  /** Ended workunits in the last hour (or since it was created), per second; null: none. */
  perSecond: number | null;
  /** Seconds until the last one, at this pace; null: not to be said. */
  doneInSeconds: number | null;
  sent: number;
  inProgress: number;
  waiting: number;
  succeeded: number;
  errors: number;
  /** Successes that were judged wrong. */
  disagreed: number;
  /** Confirmed workunits whose answers were recalled later; they stay among the confirmed ones of its progress. */
  recalled: number;
  /** Results sent for each confirmed workunit; null: none is confirmed. */
  redundancy: number | null;
  /** Why workunits failed, the most frequent first. */
  failures: { reason: string; workunits: number }[];
  /** Why results did not succeed. */
  resultErrors: { code: string; results: number }[];
  /** Open workunits of which everything that was asked for is out or over: what the end waits for. */
  tail: { workunits: number; oldestSeconds: number | null };
  /** Ended workunits in equal stretches since it was created, oldest first. */
  history: { atSeconds: number; completed: number; failed: number }[];
};

const HOUR = 3_600;
const STRETCHES = 60;

/** What is counted of a batch's results themselves. */
type Counts = Pick<
  BatchDetails,
  "sent" | "inProgress" | "waiting" | "succeeded" | "errors" | "disagreed" | "resultErrors"
>;

export async function getBatchDetails(deps: Queryable, batchId: number, nowSeconds: number): Promise<BatchDetails> {
  const { pool } = deps;
  const batch = await getBatch(deps, batchId, nowSeconds);
  const age = Math.max(1, Math.min(HOUR, nowSeconds - batch.createdSeconds));
  const stretch = Math.max(60, Math.ceil((nowSeconds - batch.createdSeconds) / STRETCHES / 60) * 60);
  const [results, tail, failures, history, recalled] = await Promise.all([
    // Each result is looked at once, and only the index of workunits: with 100 000 of them this is nearly all that it costs.
    pool.query<Counts>(
      `with tallied as (
         select r.state, r.outcome, r.sent_seconds is not null as is_sent, r.validation = 'invalid' as is_invalid,
                case when r.outcome in ('err', 'valerr', 'noreply', 'aborted') then coalesce(r.error_code, r.outcome) end as code, count(*) as n
           from workunit w join result r on r.workunit_id = w.id where w.batch_id = $1 group by 1, 2, 3, 4, 5
       ), codes as (select code, sum(n)::int as results from tallied where code is not null group by 1 order by 2 desc, 1 limit 20)
       select coalesce(sum(n) filter (where is_sent), 0)::int as sent, coalesce(sum(n) filter (where state = 'in_progress'), 0)::int as "inProgress",
              coalesce(sum(n) filter (where state = 'unsent'), 0)::int as waiting, coalesce(sum(n) filter (where outcome = 'ok'), 0)::int as succeeded,
              coalesce(sum(n) filter (where code is not null), 0)::int as errors,
              coalesce(sum(n) filter (where outcome = 'ok' and is_invalid), 0)::int as disagreed,
              (select coalesce(jsonb_agg(to_jsonb(c) order by results desc, code), '[]') from codes c) as "resultErrors" from tallied`,
      [batchId],
    ),
    pool.query<BatchDetails["tail"]>(
      `select count(distinct w.id)::int as workunits, $2 - min(r.sent_seconds) as "oldestSeconds"
         from result r join workunit w on w.id = r.workunit_id where r.state = 'in_progress' and w.state = 'open' and w.batch_id = $1`,
      [batchId, nowSeconds],
    ),
    pool.query<{ reason: string; workunits: number }>(
      `select e as reason, count(*)::int as workunits from workunit w, unnest(w.errors) e
        where w.batch_id = $1 and ${FAILED} and w.assimilation = 'done' group by 1 order by 2 desc, 1`,
      [batchId],
    ),
    pool.query<{ atSeconds: number; completed: number; failed: number; recent: number }>(
      `select $2 + (assimilated_seconds - $2) / $3 * $3 as "atSeconds", count(*) filter (where succeeded)::int as completed,
              count(*) filter (where not succeeded)::int as failed, count(*) filter (where assimilated_seconds > $4)::int as recent
         from assimilated_result where batch_id = $1 and assimilated_seconds >= $2 group by 1 order by 1`,
      [batchId, batch.createdSeconds, stretch, nowSeconds - age],
    ),
    countRecalled(pool, batchId),
  ]);
  const [counts, waitedFor] = [results.rows[0], tail.rows[0]];
  if (counts === undefined || waitedFor === undefined) throw new Error("counting a batch gave no row");
  const perSecond = history.rows.reduce((sum, { recent }) => sum + recent, 0) / age || null;
  const left = batch.workunits - batch.completed - batch.failed;
  return {
    ...counts,
    perSecond,
    doneInSeconds: left === 0 ? 0 : perSecond === null || batch.state !== "open" ? null : left / perSecond,
    recalled,
    redundancy: batch.completed === 0 ? null : counts.sent / batch.completed,
    failures: failures.rows,
    tail: waitedFor,
    history: history.rows.map(({ recent: _recent, ...moment }) => moment),
  };
}

/**
 * A workunit that failed, as the index of these asks. The two are one by a rule of the database; by the state PostgreSQL knows
 * how rare they are.
 */
export const FAILED = "w.state = 'failed' and cardinality(w.errors) > 0";

export type BatchWorkunit = {
  workunitId: number;
  name: string;
  state: string;
  /** Since when its answer does not count any more; null: it was not recalled. */
  recalledSeconds: number | null;
  errors: string[];
  tags: Record<string, string | number | boolean>;
  retriedAs: number | null;
};

/** Workunits of a batch in one state, in order: from a reason to the workunit's story. */
export async function listBatchWorkunits(
  { pool }: Queryable,
  query: {
    batchId: number;
    state: "open" | "completed" | "failed" | null;
    reason: string | null;
    afterId: number;
    limit: number;
  },
): Promise<BatchWorkunit[]> {
  // Only what failed has a reason.
  const which = query.state === "failed" || query.reason !== null ? `and ${FAILED}` : "";
  const { rows } = await pool.query<BatchWorkunit>(
    `select w.id as "workunitId", w.name, w.state, w.recalled_seconds as "recalledSeconds", w.errors, w.tags, (select t.workunit_id from workunit_retry t where t.original_id = w.id) as "retriedAs"
       from workunit w where w.batch_id = $1 and w.id > $2 ${which} and ($3::text is null or w.state = $3) and ($4::text is null or $4 = any(w.errors))
      order by w.id limit $5`,
    [query.batchId, query.afterId, query.state, query.reason, query.limit],
  );
  return rows;
}
