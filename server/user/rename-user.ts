import { cleanPublicName } from "../core/wire/public-name.ts";
import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/** Sets or removes a user's public name. Names are not unique: the number behind an anonymous one is. */
export async function renameUser(pool: Pool, args: { userId: number; name: string }): Promise<string | null> {
  const verdict = cleanPublicName(args.name);
  if (!verdict.ok) throw new Refusal("bad_request", verdict.message);
  await pool.query("update app_user set name = $2 where id = $1", [args.userId, verdict.name]);
  return verdict.name;
}
