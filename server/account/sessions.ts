import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/** A browser that is signed in. Its cookie is not among what is told: a list of sessions lets nobody sign in. */
export type SessionShown = {
  id: string;
  userAgent: string | null;
  sinceSeconds: number;
  isThis: boolean;
};

export async function listSessions(
  pool: Pool,
  { authUserId, sessionId }: { authUserId: string; sessionId: string },
): Promise<SessionShown[]> {
  const { rows } = await pool.query<SessionShown>(
    `select id, user_agent as "userAgent", floor(extract(epoch from created_at))::bigint as "sinceSeconds", id = $2 as "isThis"
       from auth_session where user_id = $1 and expires_at > now() order by id = $2 desc, created_at desc limit 100`,
    [authUserId, sessionId],
  );
  return rows;
}

/** Signs a browser out. @throws {Refusal} `not_found`: it is not this account's, or is signed out already. */
export async function endSession(pool: Pool, { authUserId, id }: { authUserId: string; id: string }): Promise<void> {
  const { rowCount } = await pool.query("delete from auth_session where user_id = $1 and id = $2", [authUserId, id]);
  if (rowCount !== 1) throw new Refusal("not_found", "This browser is signed out already.");
}

/** Signs every browser out, this one too, or all others. @returns how many. */
export async function endSessions(
  pool: Pool,
  { authUserId, exceptId }: { authUserId: string; exceptId: string | null },
): Promise<number> {
  const { rowCount } = await pool.query("delete from auth_session where user_id = $1 and id is distinct from $2", [
    authUserId,
    exceptId,
  ]);
  return rowCount ?? 0;
}
