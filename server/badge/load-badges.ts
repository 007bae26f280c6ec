import { type Badge, badgesOf } from "../core/credit/badges.ts";
import { identitiesOf } from "../credit/identities.ts";
import type { Pool } from "../database/pool.ts";

/** The badges of a user, from the ledger as far as it is folded (some seconds ago). */
export async function loadBadges(pool: Pool, userId: number): Promise<Badge[]> {
  const { rows } = await pool.query<{ micro: number; days: number; projects: number }>(
    `select coalesce((select sum(total_micro) from credit_balance where kind = 'user' and project_id = 0 and subject_id in ${identitiesOf("$1")}), 0)::float8 as micro,
            (select count(*)::int from (select hour_seconds / 86400 from credit_hour where user_id in ${identitiesOf("$1")}
              group by 1 having sum(n_results) > 0) days) as days,
            (select count(distinct project_id)::int from credit_balance where kind = 'user_project' and n_results > 0
              and subject_id in ${identitiesOf("$1")}) as projects`,
    [userId],
  );
  const { micro = 0, days = 0, projects = 0 } = rows[0] ?? {};
  return badgesOf({ credit: micro / 1e6, days, projects });
}
