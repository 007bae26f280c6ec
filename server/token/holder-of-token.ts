import type { Scope } from "../account/viewer.ts";
import type { Pool } from "../database/pool.ts";
import { hashOfToken, isWellFormed, TOKEN_PREFIX } from "./token-text.ts";

export { TOKEN_PREFIX };

/** `projectId`: the one project the token is for; null: all of its user's. */
export type TokenHolder = { userId: number; scopes: Scope[]; projectId: number | null };

/** Whom a personal token lets act, and for what; null when it is unknown, revoked or has run out. */
export async function holderOfToken(pool: Pool, token: string, nowSeconds: number): Promise<TokenHolder | null> {
  if (!isWellFormed(token)) return null;
  const { rows } = await pool.query<TokenHolder & { id: number; isNoted: boolean }>(
    `select id, user_id as "userId", scopes, project_id as "projectId", coalesce(last_used_seconds > $2 - 60, false) as "isNoted"
       from personal_token
      where token_hash = $1 and revoked_seconds is null and (expires_seconds is null or expires_seconds > $2)`,
    [hashOfToken(token), nowSeconds],
  );
  const found = rows[0];
  if (found === undefined) return null;
  if (!found.isNoted) {
    await pool.query("update personal_token set last_used_seconds = $2 where id = $1", [found.id, nowSeconds]);
  }
  return { userId: found.userId, scopes: found.scopes, projectId: found.projectId };
}
