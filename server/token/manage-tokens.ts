import * as z from "zod";
import { SCOPES, type Scope, type Viewer } from "../account/viewer.ts";
import { DAY_SECONDS } from "../core/limits.ts";
import type { Pool } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { writeDown } from "../operator/audit-log.ts";
import { requireRoleIn } from "../project/authorise.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { hashOfToken, makeToken } from "./token-text.ts";

/** Tokens that one user may have at a time. */
const TOKENS_MAX = 50;

export const newTokenSchema = z.strictObject({
  name: z.string().trim().min(1).max(60),
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** The one project it is for; null: all of the user's. */
  projectSlug: z.string().max(60).nullable(),
  /** Null: until it is revoked. */
  days: z.int().min(1).max(366).nullable(),
});
export type NewToken = z.input<typeof newTokenSchema>;

/**
 * Makes a personal token of the caller's.
 * @returns the token, which is shown now and never again.
 * @throws {Refusal} `bad_request`, `not_found` or `forbidden` for a project that the caller is no member of, `conflict`.
 */
export async function createToken(
  deps: Deps,
  viewer: Viewer,
  input: NewToken,
  nowSeconds: number,
): Promise<{ id: number; token: string; expiresSeconds: number | null }> {
  const wish = parseOrRefuse(newTokenSchema, input, "The token");
  const projectId =
    wish.projectSlug === null
      ? null
      : (await requireRoleIn(deps.pool, viewer, { slug: wish.projectSlug }, "submitter")).projectId;
  const token = makeToken();
  const expiresSeconds = wish.days === null ? null : nowSeconds + wish.days * DAY_SECONDS;
  const scopes = SCOPES.filter((scope) => wish.scopes.includes(scope));
  const id = await inTransaction(deps, "create_token", async (client) => {
    await client.query("select from app_user where id = $1 for update", [viewer.userId]);
    const { rows: living } = await client.query<{ n: number }>(
      `select count(*)::int as n from personal_token
        where user_id = $1 and revoked_seconds is null and (expires_seconds is null or expires_seconds > $2)`,
      [viewer.userId, nowSeconds],
    );
    if ((living[0]?.n ?? 0) >= TOKENS_MAX) {
      throw new Refusal("conflict", `You have ${TOKENS_MAX} tokens already; revoke those you do not use.`);
    }
    const { rows } = await client.query<{ id: number }>(
      `insert into personal_token (user_id, name, token_hash, ending, scopes, project_id, created_seconds, expires_seconds)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
      [viewer.userId, wish.name, hashOfToken(token), token.slice(-4), scopes, projectId, nowSeconds, expiresSeconds],
    );
    const subject = { kind: "token" as const, id: rows[0]?.id ?? null };
    const deed = { actorId: viewer.userId, action: "token.create", subject, details: { scopes } };
    await writeDown(client, projectId === null ? deed : { ...deed, projectId }, nowSeconds);
    return rows[0]?.id ?? 0;
  });
  return { id, token, expiresSeconds };
}

export type TokenSeen = {
  id: number;
  name: string;
  /** Its last characters. */
  ending: string;
  scopes: Scope[];
  projectSlug: string | null;
  createdSeconds: number;
  expiresSeconds: number | null;
  lastUsedSeconds: number | null;
  isExpired: boolean;
};

/** The caller's tokens that are not revoked, newest first. Never the tokens themselves. */
export async function listTokens(pool: Pool, viewer: Viewer, nowSeconds: number): Promise<TokenSeen[]> {
  const { rows } = await pool.query<TokenSeen>(
    `select t.id, t.name, t.ending, t.scopes, p.slug as "projectSlug", t.created_seconds as "createdSeconds",
            t.expires_seconds as "expiresSeconds", t.last_used_seconds as "lastUsedSeconds",
            coalesce(t.expires_seconds <= $2, false) as "isExpired"
       from personal_token t left join project p on p.id = t.project_id
      where t.user_id = $1 and t.revoked_seconds is null order by t.id desc limit 200`,
    [viewer.userId, nowSeconds],
  );
  return rows;
}

/** Makes a token of the caller's useless at once. @throws {Refusal} `not_found`. */
export async function revokeToken(deps: Deps, viewer: Viewer, id: number, nowSeconds: number): Promise<void> {
  await inTransaction(deps, "revoke_token", async (client) => {
    const { rowCount } = await client.query(
      "update personal_token set revoked_seconds = $3 where id = $1 and user_id = $2 and revoked_seconds is null",
      [id, viewer.userId, nowSeconds],
    );
    if (rowCount === 0) throw new Refusal("not_found", "You have no such token, or it is revoked already.");
    const subject = { kind: "token" as const, id };
    await writeDown(client, { actorId: viewer.userId, action: "token.revoke", subject }, nowSeconds);
  });
}
