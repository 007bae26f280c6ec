import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/** Takes a passkey away; not the last way to sign in. @throws {Refusal} */
export async function removePasskey(pool: Pool, { authUserId, id }: { authUserId: string; id: string }): Promise<void> {
  const { rows } = await pool.query<{ own: boolean; ways: number }>(
    `select exists (select from auth_passkey where user_id = $1 and id = $2) as own,
            (select count(*) from auth_passkey where user_id = $1) + (select count(*) from auth_account where user_id = $1) as ways`,
    [authUserId, id],
  );
  if (rows[0]?.own !== true) throw new Refusal("not_found", "There is no such passkey of yours.");
  if (rows[0].ways < 2) {
    throw new Refusal("conflict", "This is your only way to sign in. Choose a password first.");
  }
  await pool.query("delete from auth_passkey where user_id = $1 and id = $2", [authUserId, id]);
}
