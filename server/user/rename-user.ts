import { lookAlikeKey, posesAsTheSite } from "../core/wire/look-alike.ts";
import { cleanPublicName } from "../core/wire/public-name.ts";
import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/**
 * Sets or removes a user's public name. Names of people are not unique: the number behind them is. But nobody poses as the
 * site, its operators or a project. @throws {Refusal} `bad_request`.
 */
export async function renameUser(pool: Pool, args: { userId: number; name: string }): Promise<string | null> {
  const verdict = cleanPublicName(args.name);
  if (!verdict.ok) throw new Refusal("bad_request", verdict.message);
  const { name } = verdict;
  if (name !== null && (await posesAsSomebody(pool, args.userId, name))) {
    throw new Refusal(
      "bad_request",
      "This name could be taken for the site, an operator or a project. Choose another.",
    );
  }
  await pool.query("update app_user set name = $2 where id = $1 and deleted_seconds is null", [args.userId, name]);
  return name;
}

async function posesAsSomebody(pool: Pool, userId: number, name: string): Promise<boolean> {
  if (posesAsTheSite(name)) return true;
  const { rows } = await pool.query<{ name: string }>(
    `select name from project union all select slug from project
      union all select u.name from operator o join app_user u on u.id = o.user_id where u.name is not null and u.id <> $1`,
    [userId],
  );
  const key = lookAlikeKey(name);
  return rows.some((taken) => lookAlikeKey(taken.name) === key);
}
