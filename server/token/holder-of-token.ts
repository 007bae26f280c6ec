import { createHash } from "node:crypto";
import type { Scope } from "../account/viewer.ts";
import type { Pool } from "../database/pool.ts";

/** Personal tokens begin with this, so that they are told apart from a host's session, and found where they leak. */
export const TOKEN_PREFIX = "qrt_";

/** `projectId`: the one project the token is for; null: all of its user's. */
export type TokenHolder = { userId: number; scopes: Scope[]; projectId: number | null };

/** Whom a personal token lets act, and for what; null when it is unknown, revoked or has run out. */
export async function holderOfToken(pool: Pool, token: string, nowSeconds: number): Promise<TokenHolder | null> {
  const { rows } = await pool.query<TokenHolder & { id: number; isNoted: boolean }>(
    `select id, user_id as "userId", scopes, project_id as "projectId", coalesce(last_used_seconds > $2 - 60, false) as "isNoted"
       from personal_token
      where token_hash = $1 and revoked_seconds is null and (expires_seconds is null or expires_seconds > $2)`,
    [createHash("sha256").update(token).digest("hex"), nowSeconds],
  );
  const found = rows[0];
  if (found === undefined) return null;
  if (!found.isNoted) {
    await pool.query("update personal_token set last_used_seconds = $2 where id = $1", [found.id, nowSeconds]);
  }
  return { userId: found.userId, scopes: found.scopes, projectId: found.projectId };
}
