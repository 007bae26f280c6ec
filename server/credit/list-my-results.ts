import type { Fate } from "../core/wire/exchange.ts";
import type { Pool } from "../database/pool.ts";
import { type FateColumns, fateOf } from "./fate.ts";
import { identitiesOf } from "./identities.ts";

export interface MyResult {
  resultId: number;
  workunitId: number;
  workunitName: string;
  project: string;
  projectSlug: string;
  deviceId: number;
  /** Null: the device has no name. */
  device: string | null;
  fate: Fate;
  /** What confirmed it counts no more: a later check contradicted it, or its program was withdrawn. */
  recalled: boolean;
  creditMicro: number | null;
  /** A later check contradicted it, and its credit was taken back. */
  takenBack: boolean;
  backend: string | null;
  sentSeconds: number;
  reportedSeconds: number | null;
  reason: string | null;
  errorCode: string | null;
}

export type MyResultsAsked = {
  userId: number;
  onlyHostId?: number | null;
  after: ResultCursor | null;
  limit: number;
};
export type ResultCursor = { reportedSeconds: number | null; resultId: number };

/**
 * What ended of a user's results, the latest first and what was never reported last, after one of them; `onlyHostId`: of this
 * device. One stretch of an index per device, of as many rows as are shown; what a device computed for whom it belonged to before is left out.
 */
export async function listMyResults(
  pool: Pool,
  { userId, onlyHostId = null, after, limit }: MyResultsAsked,
): Promise<MyResult[]> {
  // What follows a reported one are the earlier ones and all never reported: two stretches, each in the index's order.
  const stretch = (condition: string) => `
    (select o.* from result o where o.host_id = h.id and o.user_id in ${identitiesOf("$1")} and o.state = 'over' and ${condition}
      order by o.reported_seconds desc nulls last, o.id desc limit $2)`;
  const never = "o.reported_seconds is null";
  const stretches =
    after === null
      ? [stretch("true")]
      : after.reportedSeconds === null
        ? [stretch(`${never} and o.id < $5 and $4::bigint is null`)]
        : [stretch("(o.reported_seconds, o.id) < ($4::bigint, $5::bigint)"), stretch(never)];
  const { rows } = await pool.query<Omit<MyResult, "fate"> & FateColumns>(
    `select r.id as "resultId", r.workunit_id as "workunitId", w.name as "workunitName", p.name as project,
            p.slug as "projectSlug", h.id as "deviceId", h.name as device, r.state, r.outcome, r.validation,
            w.recalled_seconds is not null and r.validation = 'valid' as recalled,
            r.credit_micro as "creditMicro", r.backend,
            exists (select from credit_entry e where e.result_id = r.id and e.kind = 'recall') as "takenBack",
            r.sent_seconds as "sentSeconds", r.reported_seconds as "reportedSeconds", r.reason, r.error_code as "errorCode"
       from host h cross join lateral (${stretches.join(" union all ")}) r
       join workunit w on w.id = r.workunit_id
       join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
      where h.user_id in ${identitiesOf("$1")} and ($3::bigint is null or h.id = $3)
      order by r.reported_seconds desc nulls last, r.id desc limit $2`,
    after === null ? [userId, limit, onlyHostId] : [userId, limit, onlyHostId, after.reportedSeconds, after.resultId],
  );
  return rows.map(({ state, outcome, validation, ...row }) => ({
    ...row,
    fate: fateOf({ state, outcome, validation }),
  }));
}
