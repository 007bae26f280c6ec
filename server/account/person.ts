import type { Pool } from "../database/pool.ts";

/** A user as calls need them; where identities were joined, the one that stands for all. */
export type Person = {
  id: number;
  name: string | null;
  isOperator: boolean;
  /** Why operators shut this user out; null: they did not. */
  bannedReason: string | null;
};

const PERSON = `u.id, u.name, exists (select from operator o where o.user_id = u.id) as "isOperator",
  (select b.reason from user_ban b where b.user_id = u.id) as "bannedReason"`;

/** The one who stands for a user. */
export async function findPerson(pool: Pool, userId: number): Promise<Person | null> {
  const { rows } = await pool.query<Person>(
    `select ${PERSON} from app_user given join app_user u on u.id = coalesce(given.merged_into, given.id) where given.id = $1`,
    [userId],
  );
  return rows[0] ?? null;
}

/** Whose device this is; null when it is not known here or was taken out of its account. */
export async function personOfHost(pool: Pool, hostId: number): Promise<Person | null> {
  const { rows } = await pool.query<Person>(
    `select ${PERSON} from host h join app_user u on u.id = h.user_id where h.id = $1 and h.removed_seconds is null`,
    [hostId],
  );
  return rows[0] ?? null;
}

/** The user of an account; null when it has none yet. */
export async function findPersonOfAccount(pool: Pool, authUserId: string): Promise<Person | null> {
  const { rows } = await pool.query<Person>(`select ${PERSON} from app_user u where u.auth_user_id = $1`, [authUserId]);
  return rows[0] ?? null;
}

/** The user of an account; made here when the account has none yet, because no device of it ever computed. */
export async function personOfAccount(pool: Pool, authUserId: string, nowSeconds: number): Promise<Person> {
  const known = await findPersonOfAccount(pool, authUserId);
  if (known !== null) return known;
  await pool.query(
    `insert into app_user (is_anonymous, created_seconds, auth_user_id) values (false, $2, $1)
     on conflict (auth_user_id) do nothing`,
    [authUserId, nowSeconds],
  );
  const made = await findPersonOfAccount(pool, authUserId);
  if (made === null) throw new Error("the user of an account vanished while it was made");
  return made;
}
