import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { leaveForGood } from "../team/leave-team.ts";
import { removeAllDevices } from "./devices.ts";

/**
 * Deletes a user for good: how they signed in, name, devices' keys and everything that says who they were. Results and
 * credit stay, as nobody's: they are what others' results were confirmed with, and totals must add up.
 * @throws {Refusal} `conflict` while a project would be left without an owner.
 */
export async function deleteAccount(deps: Deps, userId: number, nowSeconds: number): Promise<void> {
  await refuseOwners(deps, userId);
  await leaveForGood(deps, userId, nowSeconds);
  await inTransaction(deps, "delete-account", async (client) => {
    // Devices' exchanges lock their own row only; whoever joins an identity to this one waits here.
    const { rows } = await client.query<{ authUserId: string | null }>(
      `select auth_user_id as "authUserId" from app_user where id = $1 and deleted_seconds is null and merged_into is null for update`,
      [userId],
    );
    const found = rows[0];
    if (found === undefined) throw new Refusal("conflict", "This account was deleted or joined to another already.");
    await forgetWhereFrom(client, userId);
    await removeAllDevices(client, userId, nowSeconds);
    await client.query("delete from account_code where user_id = $1", [userId]);
    await client.query("delete from statistics_consent where user_id = $1", [userId]);
    await client.query("delete from project_member where user_id = $1", [userId]);
    await client.query("delete from operator where user_id = $1", [userId]);
    await client.query(
      "update personal_token set revoked_seconds = coalesce(revoked_seconds, $2), name = '' where user_id = $1",
      [userId, nowSeconds],
    );
    await client.query(
      `update app_user set deleted_seconds = $2, name = null, country = null, public_since_seconds = null, auth_user_id = null
        where id = $1`,
      [userId, nowSeconds],
    );
    // Sessions, passwords, passkeys and accounts at providers go with it.
    if (found.authUserId !== null) await client.query("delete from auth_user where id = $1", [found.authUserId]);
  });
}

async function refuseOwners({ pool }: Deps, userId: number): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select p.name from project_member m join project p on p.id = m.project_id
      where m.user_id = $1 and m.role = 'owner'
        and not exists (select from project_member o where o.project_id = m.project_id and o.role = 'owner' and o.user_id <> $1)
      order by p.name limit 3`,
    [userId],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(", ");
  throw new Refusal("conflict", `You are the only owner of ${names}. Make somebody else an owner first.`);
}

/** Networks are kept with results only so that two anonymous users of one do not confirm each other. */
async function forgetWhereFrom(client: PoolClient, userId: number): Promise<void> {
  for (const state of ["in_progress", "over"]) {
    await client.query(
      `update result r set network = null
        where r.host_id in (select id from host where user_id = $1) and r.state = '${state}' and r.network is not null`,
      [userId],
    );
  }
}
