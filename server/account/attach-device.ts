import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { joinIdentities } from "./join-identities.ts";
import { findPerson, personOfAccount } from "./person.ts";

export type Attached =
  /** The device's identity has become the account's: number, name and credit stay. */
  | "became_account"
  /** The device's credit has come to the account. */
  | "joined"
  | "was_there"
  /** Somebody else's account computes on this device; nothing was changed. */
  | "of_another_account";

/**
 * Somebody is signed in on a device that has computed, or may: from now on it computes for the account. What it computed
 * without one comes along. @throws {Refusal}
 */
export async function attachDevice(
  deps: Deps,
  { authUserId, hostId }: { authUserId: string; hostId: number },
  nowSeconds: number,
): Promise<Attached> {
  const { pool } = deps;
  const owner = await ownerOf(deps, hostId);
  if (owner.authUserId === authUserId) return "was_there";
  if (owner.authUserId !== null) return "of_another_account";
  // An account without a user yet is the device's identity, now with a way to sign in.
  const adopted = await pool.query(
    `update app_user set auth_user_id = $2, is_anonymous = false
      where id = $1 and auth_user_id is null and merged_into is null and deleted_seconds is null
        and not exists (select from app_user o where o.auth_user_id = $2)`,
    [owner.userId, authUserId],
  );
  if (adopted.rowCount === 1) {
    await pool.query("delete from account_code where user_id = $1 and kind = 'recovery'", [owner.userId]);
    return "became_account";
  }
  const person = await personOfAccount(pool, authUserId, nowSeconds);
  await joinIdentities(deps, { goneId: owner.userId, survivorId: person.id }, nowSeconds);
  return "joined";
}

/**
 * A device of another account computes for this one from now on, without its past: that stays with whom it was computed for.
 * Whoever is at the device may decide that; results it holds are not counted any more. A device without an account is
 * attached instead: taken, its identity would be left without the device that tells what it computed (S78, S79).
 * @throws {Refusal} `conflict` for a device without an account.
 */
export async function takeDevice(deps: Deps, { userId, hostId }: { userId: number; hostId: number }): Promise<void> {
  const { rowCount } = await deps.pool.query(
    `update host h set user_id = $2, name = null from app_user o
      where h.id = $1 and h.removed_seconds is null and o.id = h.user_id and o.auth_user_id is not null`,
    [hostId, userId],
  );
  if (rowCount === 1) return;
  await ownerOf(deps, hostId);
  throw new Refusal("conflict", "This device computes for no account. Sign in on it: what it computed comes along.");
}

/** A device joins the user behind a code. @throws {Refusal} */
export async function joinDevice(
  deps: Deps,
  { userId, hostId }: { userId: number; hostId: number },
  nowSeconds: number,
): Promise<Attached> {
  const owner = await ownerOf(deps, hostId);
  if (owner.userId === userId) return "was_there";
  if (owner.authUserId !== null) return "of_another_account";
  const survivor = await findPerson(deps.pool, userId);
  if (survivor === null) throw new Refusal("not_found", "There is no such user any more.");
  await joinIdentities(deps, { goneId: owner.userId, survivorId: survivor.id }, nowSeconds);
  return "joined";
}

type Owner = { userId: number; authUserId: string | null; bannedReason: string | null };

async function ownerOf({ pool }: Deps, hostId: number): Promise<Owner> {
  const { rows } = await pool.query<Owner>(
    `select u.id as "userId", u.auth_user_id as "authUserId", (select b.reason from user_ban b where b.user_id = u.id) as "bannedReason"
       from host h join app_user u on u.id = h.user_id
      where h.id = $1 and h.removed_seconds is null`,
    [hostId],
  );
  if (rows[0] === undefined) throw unknownDevice();
  // An account that took the identity over would be shut out with it.
  if (rows[0].bannedReason !== null) {
    throw new Refusal("forbidden", `This device may not take part here: ${rows[0].bannedReason}`);
  }
  return rows[0];
}

function unknownDevice(): Refusal {
  return new Refusal("unauthenticated", "This device is not known here any more: open a new session.");
}
