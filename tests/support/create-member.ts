import type { Scope } from "../../server/account/viewer.ts";
import type { Deps } from "../../server/deps.ts";
import { createToken } from "../../server/token/manage-tokens.ts";
import { accountViewer } from "./account-viewer.ts";

export type Role = "submitter" | "admin" | "owner";
export type Member = { userId: number; headers: { authorization: string } };
type Membership = { projectId: number; role: Role; scopes?: Scope[] | undefined };

/** A new member of a project with a personal token, and the header that shows it. */
export async function createMember(
  deps: Deps,
  { projectId, role, scopes = ["read", "submit"] }: Membership,
): Promise<Member> {
  const { rows } = await deps.pool.query<{ id: number }>(
    "insert into app_user (is_anonymous, created_seconds) values (false, 1) returning id",
  );
  const userId = rows[0]?.id ?? 0;
  await deps.pool.query(
    "insert into project_member (project_id, user_id, role, since_seconds) values ($1, $2, $3, 1)",
    [projectId, userId, role],
  );
  const wish = { name: "test", scopes, days: 1, projectSlug: null };
  const { token } = await createToken(deps, accountViewer(userId), wish, Math.floor(Date.now() / 1000));
  return { userId, headers: { authorization: `Bearer ${token}` } };
}
