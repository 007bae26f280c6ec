import type { Viewer } from "../account/viewer.ts";
import type { Pool, PoolClient } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/** What members may do; each role includes those after it. */
export const ROLES = ["owner", "admin", "submitter"] as const;
export type Role = (typeof ROLES)[number];

/** How a project looks to somebody. */
export type Access = {
  projectId: number;
  slug: string;
  /** Published and not suspended: others than members see it. */
  isVisible: boolean;
  /** Its inputs and outputs are anybody's to see. */
  isPublic: boolean;
  /** Operators have every right, and no role unless they are members. */
  role: Role | null;
  isOperator: boolean;
};

type Queryable = Pick<Pool | PoolClient, "query">;
type Named = { projectId: number } | { slug: string };

/** Of project `p`: others than its members may see it. For hand-written SQL. */
export const VISIBLE = "(p.state = 'published' and p.suspended_reason is null)";

/**
 * A project as somebody sees it; null when there is none, or none for them: nobody learns that a hidden project exists. A
 * token for one project sees of all others what everybody sees.
 */
export async function accessTo(pool: Queryable, viewer: Viewer | null, named: Named): Promise<Access | null> {
  const member = viewer?.kind === "account" ? viewer : null;
  const { rows } = await pool.query<Omit<Access, "isOperator">>({
    name: "access-to-project",
    text: `select p.id as "projectId", p.slug, ${VISIBLE} as "isVisible", p.is_public as "isPublic",
                  (select m.role from project_member m join app_user u on u.id = m.user_id
                    where m.project_id = p.id and coalesce(u.merged_into, u.id) = $3
                    order by array_position(array['owner', 'admin', 'submitter'], m.role) limit 1) as role
             from project p where p.id = $1 or p.slug = $2`,
    values: [
      "projectId" in named ? named.projectId : null,
      "slug" in named ? named.slug : null,
      member?.userId ?? null,
    ],
  });
  const row = rows[0];
  if (row === undefined) return null;
  const isForAnother = member !== null && member.onlyProjectId !== null && member.onlyProjectId !== row.projectId;
  const access = isForAnother
    ? { ...row, role: null, isOperator: false }
    : { ...row, isOperator: member?.isOperator ?? false };
  return access.isVisible || access.role !== null || access.isOperator ? access : null;
}

/** Whether somebody may see a project's inputs and outputs, once nothing of a workunit is out any more. */
export function mayReadData({ isVisible, isPublic, role, isOperator }: Access): boolean {
  return (isVisible && isPublic) || role !== null || isOperator;
}

/** Whether somebody may see that a project exists, and its page. */
export async function mayRead(
  { pool }: { pool: Queryable },
  viewer: Viewer | null,
  projectId: number,
): Promise<boolean> {
  return (await accessTo(pool, viewer, { projectId })) !== null;
}

/** The same sentence for a project that is not there and one that is none of the caller's business. */
export function noSuchProject(): Refusal {
  return new Refusal("not_found", "There is no such project.");
}

/** @throws {Refusal} `not_found` where there is no project for this caller. */
export async function requireAccess(pool: Queryable, viewer: Viewer | null, named: Named): Promise<Access> {
  const access = await accessTo(pool, viewer, named);
  if (access === null) throw noSuchProject();
  return access;
}

/** @throws {Refusal} `not_found` where there is no project for this caller, or its data are its members' only. */
export async function requireData(pool: Queryable, viewer: Viewer | null, named: Named): Promise<Access> {
  const access = await requireAccess(pool, viewer, named);
  if (!mayReadData(access)) throw new Refusal("not_found", "The results of this project are its members' only.");
  return access;
}

export function hasRole({ role, isOperator }: Pick<Access, "role" | "isOperator">, wanted: Role): boolean {
  return isOperator || (role !== null && ROLES.indexOf(role) <= ROLES.indexOf(wanted));
}

/**
 * Lets members of at least this role pass, and operators.
 * @throws {Refusal} `not_found` to whom the project is hidden, `forbidden` to others.
 */
export async function requireRole(
  { pool }: { pool: Queryable },
  viewer: Viewer,
  projectId: number,
  role: Role,
): Promise<void> {
  await requireRoleIn(pool, viewer, { projectId }, role);
}

/** The same for a project named either way; answers how it looks to the caller. */
export async function requireRoleIn(pool: Queryable, viewer: Viewer, named: Named, role: Role): Promise<Access> {
  const access = await requireAccess(pool, viewer, named);
  if (hasRole(access, role)) return access;
  const needed = { owner: "owners", admin: "owners and admins", submitter: "members" }[role];
  throw new Refusal("forbidden", `Only ${needed} of this project may do this. Ask one of them.`);
}
