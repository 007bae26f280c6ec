import type { Pool } from "../database/pool.ts";
import type { Viewer } from "./viewer.ts";

/** Whether somebody has credit that only their browser's memory keeps: no account, and no recovery code yet. */
export async function shouldOfferToKeep(pool: Pool, viewer: Viewer | null): Promise<boolean> {
  if (viewer === null || viewer.via !== "host") return false;
  const { rows } = await pool.query<{ offer: boolean }>(
    `select u.auth_user_id is null and not exists (select from account_code c where c.user_id = u.id and c.kind = 'recovery')
            and exists (select from credit_entry e where e.user_id = u.id) as offer
       from app_user u where u.id = $1`,
    [viewer.userId],
  );
  return rows[0]?.offer ?? false;
}
