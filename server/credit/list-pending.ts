import { creditMicro } from "../core/credit/cobblestones.ts";
import type { Pool } from "../database/pool.ts";
import { identitiesOf } from "./identities.ts";

/**
 * Why a result has no credit yet:
 * others - other people have not computed the same piece yet;
 * comparing - the answers are there, the server is comparing or checking them;
 * differing - the answers that came differ, one more person's decides.
 */
export type PendingReason = "others" | "comparing" | "differing";

export interface PendingResult {
  resultId: number;
  workunitId: number;
  workunitName: string;
  project: string;
  reportedSeconds: number;
  reason: PendingReason;
  /** What it brings if it is confirmed. */
  expectedMicro: number;
}

export interface Pending {
  count: number;
  expectedMicro: number;
  /** The oldest of them. */
  results: PendingResult[];
}

/**
 * Of each device its latest results are looked through, this many. An index of waiting results would make every judgement of
 * every result dearer, since PostgreSQL could no longer change its row in place.
 */
const LOOKED_THROUGH = 20_000;

/**
 * What of a user's results waits for a decision; `onlyHostId`: of this device's. Who else has the same piece, and how many, is told to nobody before its end.
 */
export async function listPending(
  pool: Pool,
  { userId, onlyHostId = null, limit }: { userId: number; onlyHostId?: number | null; limit: number },
): Promise<Pending> {
  const { rows } = await pool.query<Omit<PendingResult, "expectedMicro"> & { flops: number }>(
    `select r.id as "resultId", r.workunit_id as "workunitId", w.name as "workunitName", p.name as project,
            r.reported_seconds as "reportedSeconds", w.flops,
            case when w.state <> 'open' or exists (select from verification k where k.result_id = r.id and k.verdict is null)
                   or exists (select from comparison k where k.workunit_id = w.id and k.agree is null and r.id in (k.result_a, k.result_b)) then 'comparing'
                 when r.validation = 'inconclusive' then 'differing' else 'others' end as reason
       from host h cross join lateral (select * from result o where o.host_id = h.id and o.state = 'over'
              order by o.reported_seconds desc nulls last, o.id desc limit ${LOOKED_THROUGH}) r
       join workunit w on w.id = r.workunit_id
       join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id join project p on p.id = a.project_id
      where h.user_id in ${identitiesOf("$1")} and r.user_id in ${identitiesOf("$1")} and r.outcome = 'ok' and r.validation in ('init', 'inconclusive')
        and ($2::bigint is null or h.id = $2)
      order by r.reported_seconds, r.id`,
    [userId, onlyHostId],
  );
  const all = rows.map(({ flops, ...row }) => ({ ...row, expectedMicro: creditMicro(flops) }));
  return {
    count: all.length,
    expectedMicro: all.reduce((sum, row) => sum + row.expectedMicro, 0),
    results: all.slice(0, limit),
  };
}
