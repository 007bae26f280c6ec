import type { Viewer } from "../account/viewer.ts";
import type { Pool, PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { writeDown } from "../operator/audit-log.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { type Access, hasRole, type Role, requireRoleIn } from "./authorise.ts";

export type Member = { userId: number; name: string | null; role: Role; sinceSeconds: number; isMe: boolean };

/** Members of a project, owners first. @throws {Refusal} below submitter. */
export async function listMembers(pool: Pool, viewer: Viewer, slug: string): Promise<Member[]> {
  const { projectId } = await requireRoleIn(pool, viewer, { slug }, "submitter");
  const { rows } = await pool.query<Member>(
    `select m.user_id as "userId", u.name, m.role, m.since_seconds as "sinceSeconds", u.id = $2 as "isMe"
       from project_member m join app_user given on given.id = m.user_id
       join app_user u on u.id = coalesce(given.merged_into, given.id)
      where m.project_id = $1 order by array_position(array['owner', 'admin', 'submitter'], m.role), m.since_seconds, u.id`,
    [projectId, viewer.userId],
  );
  return rows;
}

type Change = { slug: string; userId: number };

/** Gives a member another role: owners only, and one owner always stays. @throws {Refusal} */
export async function changeRole(
  deps: Deps,
  viewer: Viewer,
  { slug, userId, role }: Change & { role: Role },
  nowSeconds: number,
): Promise<void> {
  await changeMembers(deps, viewer, { slug, role: "owner" }, async (client, { projectId }) => {
    await requireMember(client, projectId, userId);
    await client.query("update project_member set role = $3 where project_id = $1 and user_id = $2", [
      projectId,
      userId,
      role,
    ]);
    const deed = { actorId: viewer.userId, action: "member.role", subject: { kind: "user" as const, id: userId } };
    await writeDown(client, { ...deed, projectId, details: { role } }, nowSeconds);
  });
}

/**
 * Takes somebody out of a project; oneself: leaves it. Admins take out submitters, owners anybody.
 * @throws {Refusal} `conflict` when it is the last owner.
 */
export async function removeMember(
  deps: Deps,
  viewer: Viewer,
  { slug, userId }: Change,
  nowSeconds: number,
): Promise<void> {
  await changeMembers(deps, viewer, { slug, role: "submitter" }, async (client, access) => {
    const { projectId } = access;
    const role = await requireMember(client, projectId, userId);
    const needed = role === "submitter" ? "admin" : "owner";
    if (userId !== viewer.userId && !hasRole(access, needed)) {
      throw new Refusal("forbidden", `Only ${needed === "owner" ? "owners" : "owners and admins"} may take them out.`);
    }
    await client.query("delete from project_member where project_id = $1 and user_id = $2", [projectId, userId]);
    const action = userId === viewer.userId ? "member.leave" : "member.remove";
    const deed = { actorId: viewer.userId, action, subject: { kind: "user" as const, id: userId } };
    await writeDown(client, { ...deed, projectId, details: { role } }, nowSeconds);
  });
}

/** Makes another member the owner in one's own place; oneself stays as admin. @throws {Refusal} below owner. */
export async function handOver(
  deps: Deps,
  viewer: Viewer,
  { slug, userId }: Change,
  nowSeconds: number,
): Promise<void> {
  await changeMembers(deps, viewer, { slug, role: "owner" }, async (client, { projectId }) => {
    await requireMember(client, projectId, userId);
    if (userId === viewer.userId) throw new Refusal("bad_request", "You are the owner already; choose somebody else.");
    await client.query(
      `update project_member set role = case when user_id = $2 then 'owner' else 'admin' end
        where project_id = $1 and user_id in ($2, $3)`,
      [projectId, userId, viewer.userId],
    );
    const deed = { actorId: viewer.userId, action: "member.hand_over", subject: { kind: "user" as const, id: userId } };
    await writeDown(client, { ...deed, projectId }, nowSeconds);
  });
}

/** One change of a project's members after the other; afterwards there is an owner, or nothing has changed. */
async function changeMembers(
  deps: Deps,
  viewer: Viewer,
  { slug, role }: { slug: string; role: Role },
  change: (client: PoolClient, access: Access) => Promise<void>,
): Promise<void> {
  await inTransaction(deps, "change_members", async (client) => {
    await client.query("select from project where slug = $1 for update", [slug]);
    // Asked under the lock: whoever lost their role a moment ago has lost it here too.
    const access = await requireRoleIn(client, viewer, { slug }, role);
    const before = await countOwners(client, access.projectId);
    await change(client, access);
    if (before > 0 && (await countOwners(client, access.projectId)) === 0) {
      throw new Refusal("conflict", "A project needs an owner. Hand it over to another member first.");
    }
  });
}

async function countOwners(client: PoolClient, projectId: number): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from project_member where project_id = $1 and role = 'owner'",
    [projectId],
  );
  return rows[0]?.n ?? 0;
}

async function requireMember(client: PoolClient, projectId: number, userId: number): Promise<Role> {
  const { rows } = await client.query<{ role: Role }>(
    "select role from project_member where project_id = $1 and user_id = $2",
    [projectId, userId],
  );
  const role = rows[0]?.role;
  if (role === undefined) throw new Refusal("not_found", "Nobody of this number is a member of the project.");
  return role;
}
