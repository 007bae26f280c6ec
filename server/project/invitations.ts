import { createHash, randomBytes } from "node:crypto";
import type { Viewer } from "../account/viewer.ts";
import { DAY_SECONDS } from "../core/limits.ts";
import type { Pool } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { writeDown } from "../operator/audit-log.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { hasRole, type Role, requireRoleIn } from "./authorise.ts";

/** Long enough for a holiday, short enough for a link that lies in a mailbox. */
export const INVITATION_SECONDS = 7 * DAY_SECONDS;
/** Open invitations of one project. */
const OPEN_MAX = 50;

const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/**
 * Makes a link that makes its opener a member, once. Admins invite submitters and admins, owners also owners.
 * @returns the link's secret, which is stored nowhere.
 * @throws {Refusal}
 */
export async function invite(
  deps: Deps,
  viewer: Viewer,
  { slug, role, email }: { slug: string; role: Role; email: string | null },
  nowSeconds: number,
): Promise<{ token: string; expiresSeconds: number }> {
  const access = await requireRoleIn(deps.pool, viewer, { slug }, role === "owner" ? "owner" : "admin");
  const token = randomBytes(32).toString("base64url");
  const expiresSeconds = nowSeconds + INVITATION_SECONDS;
  await inTransaction(deps, "invite", async (client) => {
    await client.query("select from project where id = $1 for update", [access.projectId]);
    const { rows: open } = await client.query<{ n: number }>(
      `select count(*)::int as n from project_invitation
        where project_id = $1 and used_by is null and revoked_seconds is null and expires_seconds > $2`,
      [access.projectId, nowSeconds],
    );
    if ((open[0]?.n ?? 0) >= OPEN_MAX) {
      throw new Refusal("conflict", `There are ${OPEN_MAX} open invitations already; withdraw some first.`);
    }
    const { rows } = await client.query<{ id: number }>(
      `insert into project_invitation (project_id, role, token_hash, email, created_by, created_seconds, expires_seconds)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [access.projectId, role, hashOf(token), email, viewer.userId, nowSeconds, expiresSeconds],
    );
    const subject = { kind: "invitation" as const, id: rows[0]?.id ?? null };
    const deed = { actorId: viewer.userId, action: "invitation.create", subject, projectId: access.projectId };
    await writeDown(client, { ...deed, details: { role } }, nowSeconds);
  });
  return { token, expiresSeconds };
}

export type Invitation = {
  id: number;
  role: Role;
  email: string | null;
  createdBy: string | null;
  createdSeconds: number;
  expiresSeconds: number;
};

/** Open invitations, newest first. Never their secrets. @throws {Refusal} below admin. */
export async function listInvitations(
  pool: Pool,
  viewer: Viewer,
  slug: string,
  nowSeconds: number,
): Promise<Invitation[]> {
  const { projectId } = await requireRoleIn(pool, viewer, { slug }, "admin");
  const { rows } = await pool.query<Invitation>(
    `select i.id, i.role, i.email, u.name as "createdBy", i.created_seconds as "createdSeconds",
            i.expires_seconds as "expiresSeconds"
       from project_invitation i left join app_user u on u.id = i.created_by
      where i.project_id = $1 and i.used_by is null and i.revoked_seconds is null and i.expires_seconds > $2
      order by i.id desc`,
    [projectId, nowSeconds],
  );
  return rows;
}

/** Takes an invitation back. @throws {Refusal} `conflict` when it was used or is over, `forbidden` below admin. */
export async function withdrawInvitation(
  deps: Deps,
  viewer: Viewer,
  { slug, id }: { slug: string; id: number },
  nowSeconds: number,
): Promise<void> {
  const access = await requireRoleIn(deps.pool, viewer, { slug }, "admin");
  await inTransaction(deps, "withdraw_invitation", async (client) => {
    const { rows } = await client.query<{ role: Role }>(
      `update project_invitation set revoked_seconds = $3
        where id = $1 and project_id = $2 and used_by is null and revoked_seconds is null returning role`,
      [id, access.projectId, nowSeconds],
    );
    const role = rows[0]?.role;
    if (role === undefined) throw new Refusal("conflict", "This invitation was used or withdrawn already.");
    if (role === "owner" && !hasRole(access, "owner")) {
      throw new Refusal("forbidden", "Only owners may withdraw the invitation of an owner.");
    }
    const subject = { kind: "invitation" as const, id };
    const deed = { actorId: viewer.userId, action: "invitation.withdraw", subject, projectId: access.projectId };
    await writeDown(client, deed, nowSeconds);
  });
}

export type InvitationSeen = { project: { slug: string; name: string }; role: Role; expiresSeconds: number };

/** What a link invites to; null when it was used, withdrawn, has run out, or never was. */
export async function seeInvitation(pool: Pool, token: string, nowSeconds: number): Promise<InvitationSeen | null> {
  const { rows } = await pool.query<{ slug: string; name: string; role: Role; expiresSeconds: number }>(
    `select p.slug, p.name, i.role, i.expires_seconds as "expiresSeconds"
       from project_invitation i join project p on p.id = i.project_id
      where i.token_hash = $1 and i.used_by is null and i.revoked_seconds is null and i.expires_seconds > $2`,
    [hashOf(token), nowSeconds],
  );
  const row = rows[0];
  return row === undefined
    ? null
    : { project: { slug: row.slug, name: row.name }, role: row.role, expiresSeconds: row.expiresSeconds };
}

/**
 * Makes the caller a member by a link, which is used up by that. Who is a member already keeps the higher of both roles.
 * @throws {Refusal} `not_found` when the link is no good (any more).
 */
export async function acceptInvitation(
  deps: Deps,
  viewer: Viewer,
  token: string,
  nowSeconds: number,
): Promise<{ slug: string }> {
  return await inTransaction(deps, "accept_invitation", async (client) => {
    const { rows } = await client.query<{ id: number; project_id: number; slug: string; role: Role }>(
      `update project_invitation i set used_by = $2, used_seconds = $3 from project p
        where i.token_hash = $1 and i.used_by is null and i.revoked_seconds is null and i.expires_seconds > $3
          and p.id = i.project_id
       returning i.id, i.project_id, p.slug, i.role`,
      [hashOf(token), viewer.userId, nowSeconds],
    );
    const used = rows[0];
    if (used === undefined) {
      throw new Refusal("not_found", "This invitation was used, withdrawn, or has run out. Ask for a new one.");
    }
    await client.query(
      `insert into project_member as m (project_id, user_id, role, since_seconds) values ($1, $2, $3, $4)
       on conflict (project_id, user_id) do update set role =
         case when array_position(array['owner', 'admin', 'submitter'], excluded.role)
                 < array_position(array['owner', 'admin', 'submitter'], m.role) then excluded.role else m.role end`,
      [used.project_id, viewer.userId, used.role, nowSeconds],
    );
    const subject = { kind: "invitation" as const, id: used.id };
    const deed = { actorId: viewer.userId, action: "invitation.accept", subject, projectId: used.project_id };
    await writeDown(client, { ...deed, details: { role: used.role } }, nowSeconds);
    return { slug: used.slug };
  });
}
