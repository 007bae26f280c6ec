import { dayOf } from "../core/trust/quota.ts";
import type { PoolClient } from "../database/pool.ts";

const TAKE_QUOTA = {
  name: "take-quota",
  // The same arithmetic as `quotaTaken`: a new day begins at nothing used.
  text: `insert into host_app_version as h (host_id, app_version_id, changed_seconds, quota_day, quota_used)
         select $1, app_version_id, $2, $3, taken from unnest($4::bigint[], $5::int[]) as c (app_version_id, taken)
          order by app_version_id
         on conflict (host_id, app_version_id) do update
           set quota_used = case when h.quota_day = excluded.quota_day then h.quota_used else 0 end + excluded.quota_used,
               quota_day = excluded.quota_day`,
};

/** Counts results handed out against the host's daily quota, by app version. */
export async function takeQuota(
  client: PoolClient,
  hostId: number,
  taken: ReadonlyMap<number, number>,
  nowSeconds: number,
): Promise<void> {
  if (taken.size === 0) return;
  await client.query({
    ...TAKE_QUOTA,
    values: [hostId, nowSeconds, dayOf(nowSeconds), [...taken.keys()], [...taken.values()]],
  });
}
