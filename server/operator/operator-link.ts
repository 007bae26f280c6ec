import { createHash, randomBytes } from "node:crypto";
import type { Viewer } from "../account/viewer.ts";
import { DAY_SECONDS } from "../core/limits.ts";
import type { Pool } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { writeDown } from "./audit-log.ts";

/** Long enough to make an account first, and to come back to it on the next day. */
export const OPERATOR_LINK_SECONDS = 2 * DAY_SECONDS;
const KEY = "operator_link";

type Stored = { hash: string; expiresSeconds: number };

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex");

/**
 * Makes the one link that makes its opener an operator. The one before is worth nothing any more.
 * @returns its path, which is shown to whoever sits at the server's terminal and stored nowhere.
 */
export async function makeOperatorLink(pool: Pool, nowSeconds: number): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  const stored: Stored = { hash: hashOf(secret), expiresSeconds: nowSeconds + OPERATOR_LINK_SECONDS };
  await pool.query(
    "insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
    [KEY, JSON.stringify(stored)],
  );
  await writeDown(pool, { actorId: null, action: "operator.link", subject: { kind: "site", id: null } }, nowSeconds);
  return `/operator/${secret}`;
}

export async function hasOperator(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query("select from operator limit 1");
  return rowCount === 1;
}

/**
 * Makes the caller an operator by the link, which is used up by that.
 * @throws {Refusal} `not_found` when the link was used, was replaced, or has run out.
 */
export async function openOperatorLink(deps: Deps, viewer: Viewer, secret: string, nowSeconds: number): Promise<void> {
  await inTransaction(deps, "operator_link", async (client) => {
    const { rows } = await client.query<{ value: string }>("select value from setting where key = $1 for update", [
      KEY,
    ]);
    const stored = rows[0] === undefined ? null : (JSON.parse(rows[0].value) as Stored);
    if (stored === null || stored.hash !== hashOf(secret) || stored.expiresSeconds <= nowSeconds) {
      throw new Refusal(
        "not_found",
        "This link was used, replaced or has run out. Make a new one at the server: npm run operator:link",
      );
    }
    await client.query("delete from setting where key = $1", [KEY]);
    await client.query("insert into operator (user_id, since_seconds) values ($1, $2) on conflict do nothing", [
      viewer.userId,
      nowSeconds,
    ]);
    const deed = {
      actorId: viewer.userId,
      action: "operator.become",
      subject: { kind: "user" as const, id: viewer.userId },
    };
    await writeDown(client, deed, nowSeconds);
  });
}

export type OperatorSeen = { userId: number; name: string | null; sinceSeconds: number };

export async function listOperators(pool: Pool): Promise<OperatorSeen[]> {
  const { rows } = await pool.query<OperatorSeen>(
    `select o.user_id as "userId", u.name, o.since_seconds as "sinceSeconds"
       from operator o join app_user u on u.id = o.user_id order by o.since_seconds, o.user_id`,
  );
  return rows;
}

/** Takes the rights of an operator away. @throws {Refusal} `not_found`, `conflict` for the last one. */
export async function removeOperator(deps: Deps, viewer: Viewer, userId: number, nowSeconds: number): Promise<void> {
  await inTransaction(deps, "remove_operator", async (client) => {
    const { rows } = await client.query<{ user_id: number }>(
      "select user_id from operator order by user_id for update",
    );
    if (!rows.some((row) => row.user_id === userId)) throw new Refusal("not_found", "This user is no operator.");
    if (rows.length === 1) throw new Refusal("conflict", "A site needs an operator: let another one become one first.");
    await client.query("delete from operator where user_id = $1", [userId]);
    const deed = { actorId: viewer.userId, action: "operator.remove", subject: { kind: "user" as const, id: userId } };
    await writeDown(client, deed, nowSeconds);
  });
}
