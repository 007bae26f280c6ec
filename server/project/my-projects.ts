import type { Viewer } from "../account/viewer.ts";
import { PROJECT_STORAGE_BYTES } from "../core/limits.ts";
import type { Pool } from "../database/pool.ts";
import { type Access, type Role, requireRoleIn } from "./authorise.ts";
import { type ConfirmedBytes, confirmedBytes } from "./confirmed-bytes.ts";
import type { Publicity } from "./found-project.ts";

export type MyProject = {
  slug: string;
  name: string;
  summary: string;
  role: Role;
  state: Publicity;
  suspendedReason: string | null;
};

/** Projects that the caller is a member of, by name; for a token of one project that one alone. */
export async function listMyProjects(pool: Pool, viewer: Viewer): Promise<MyProject[]> {
  const { rows } = await pool.query<MyProject>(
    `select p.slug, p.name, p.summary, m.role, p.state, p.suspended_reason as "suspendedReason"
       from project_member m join app_user u on u.id = m.user_id join project p on p.id = m.project_id
      where coalesce(u.merged_into, u.id) = $1 and ($2::bigint is null or p.id = $2) order by lower(p.name), p.id`,
    [viewer.userId, viewer.onlyProjectId],
  );
  return rows;
}

export type ProjectSettings = {
  slug: string;
  name: string;
  summary: string;
  description: string;
  organisation: string;
  url: string | null;
  licence: string | null;
  links: { label: string; url: string }[];
  isPublic: boolean;
  state: Publicity;
  suspendedReason: string | null;
  pictureSha256: string | null;
  storedBytes: number;
  storageQuotaBytes: number;
  /** Beside the quota: what volunteers answered. */
  confirmed: ConfirmedBytes;
  me: Pick<Access, "role" | "isOperator">;
};

/** Everything that a project's own people set. @throws {Refusal} below submitter. */
export async function getProjectSettings(
  pool: Pool,
  viewer: Viewer,
  slug: string,
  nowSeconds: number,
): Promise<ProjectSettings> {
  const { projectId, role, isOperator } = await requireRoleIn(pool, viewer, { slug }, "submitter");
  const { rows } = await pool.query<Omit<ProjectSettings, "me" | "confirmed">>(
    `select slug, name, summary, description, organisation, url, licence, links, is_public as "isPublic", state,
            suspended_reason as "suspendedReason", picture_sha256 as "pictureSha256", stored_bytes as "storedBytes",
            coalesce(storage_quota_bytes, ${PROJECT_STORAGE_BYTES}) as "storageQuotaBytes"
       from project where id = $1`,
    [projectId],
  );
  const settings = rows[0];
  if (settings === undefined) throw new Error("a project vanished while it was read");
  const confirmed = await confirmedBytes(pool, projectId, nowSeconds);
  return { ...settings, confirmed, me: { role, isOperator } };
}
