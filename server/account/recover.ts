import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { userOfCode } from "./codes.ts";
import { joinIdentities } from "./join-identities.ts";
import type { Viewer } from "./viewer.ts";

/**
 * Whoever has the code of an anonymous identity gets it back: this browser's becomes a device of it, or, where there is an
 * account, the identity comes to the account. @throws {Refusal}
 */
export async function recoverIdentity(
  deps: Deps,
  { viewer, code }: { viewer: Viewer; code: string },
  nowSeconds: number,
): Promise<void> {
  const codeUserId = await userOfCode(deps.pool, { code, kind: "recovery" }, nowSeconds);
  if (codeUserId === viewer.userId) return;
  const { rows } = await deps.pool.query<{ hasAccount: boolean }>(
    `select auth_user_id is not null as "hasAccount" from app_user where id = $1`,
    [viewer.userId],
  );
  if (rows[0] === undefined) throw new Refusal("not_found", "There is no such user any more.");
  const join = rows[0].hasAccount
    ? { goneId: codeUserId, survivorId: viewer.userId }
    : { goneId: viewer.userId, survivorId: codeUserId };
  await joinIdentities(deps, join, nowSeconds);
}
