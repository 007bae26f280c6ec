import type { Viewer } from "../account/viewer.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { writeDown } from "./audit-log.ts";

/** Whom operators shut out. The reason is told to whom it concerns, at every call. */

type Ban = { id: number; reason: string };

/** Shuts a user out, with all devices. @throws {Refusal} `not_found`, `conflict` for operators. */
export async function banUser(deps: Deps, viewer: Viewer, { id, reason }: Ban, nowSeconds: number): Promise<void> {
  await inTransaction(deps, "ban_user", async (client) => {
    const { rows } = await client.query<{ operator: boolean }>(
      "select exists (select from operator o where o.user_id = u.id) as operator from app_user u where u.id = $1",
      [id],
    );
    if (rows[0] === undefined) throw new Refusal("not_found", "There is no such user.");
    if (rows[0].operator) throw new Refusal("conflict", "An operator cannot be shut out; take the role away first.");
    await client.query(
      `insert into user_ban (user_id, reason, banned_by, banned_seconds) values ($1, $2, $3, $4)
       on conflict (user_id) do update set reason = excluded.reason, banned_by = excluded.banned_by,
         banned_seconds = excluded.banned_seconds`,
      [id, reason, viewer.userId, nowSeconds],
    );
    const deed = { actorId: viewer.userId, action: "user.ban", subject: { kind: "user" as const, id } };
    await writeDown(client, { ...deed, details: { reason } }, nowSeconds);
  });
}

/** @throws {Refusal} `not_found` when the user is not shut out. */
export async function unbanUser(deps: Deps, viewer: Viewer, id: number, nowSeconds: number): Promise<void> {
  await inTransaction(deps, "unban_user", async (client) => {
    const { rowCount } = await client.query("delete from user_ban where user_id = $1", [id]);
    if (rowCount === 0) throw new Refusal("not_found", "This user is not shut out.");
    const deed = { actorId: viewer.userId, action: "user.unban", subject: { kind: "user" as const, id } };
    await writeDown(client, deed, nowSeconds);
  });
}

/** Shuts one device out, or with null lets it in again. @throws {Refusal} `not_found`. */
export async function banHost(
  deps: Deps,
  viewer: Viewer,
  { id, reason }: { id: number; reason: string | null },
  nowSeconds: number,
): Promise<void> {
  await inTransaction(deps, "ban_host", async (client) => {
    const { rowCount } = await client.query("update host set banned_reason = $2 where id = $1", [id, reason]);
    if (rowCount === 0) throw new Refusal("not_found", "There is no such device.");
    const action = reason === null ? "host.unban" : "host.ban";
    const deed = { actorId: viewer.userId, action, subject: { kind: "host" as const, id } };
    await writeDown(client, { ...deed, details: { reason } }, nowSeconds);
  });
}
