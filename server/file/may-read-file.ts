import type { Viewer } from "../account/viewer.ts";
import type { Pool } from "../database/pool.ts";
import { VISIBLE } from "../project/authorise.ts";

/**
 * Who may have a stored file. public: anybody, it is a file of a public project, or of a version or picture of a published
 * one; some: this caller, who is a member of a project that keeps it, an operator, or a device with a lease of such a
 * project; no: nobody may learn that it is there.
 */
export type FileAccess = "public" | "some" | "no";

export async function mayReadFile(
  pool: Pool,
  sha256: string,
  who: { viewer: Viewer | null; hostId: number | null },
): Promise<FileAccess> {
  const { viewer, hostId } = who;
  const account = viewer?.kind === "account" ? viewer : null;
  const { rows } = await pool.query<{ isPublic: boolean | null; isTheirs: boolean | null }>({
    name: "may-read-file",
    text: `select bool_or(${VISIBLE} and (p.is_public or exists (select from file_use f
                    where f.project_id = k.project_id and f.sha256 = k.sha256 and f.kind in ('version', 'picture')))) as "isPublic",
                  bool_or(($3::bigint is null or p.id = $3) and exists (select from project_member m join app_user u on u.id = m.user_id
                        where m.project_id = p.id and coalesce(u.merged_into, u.id) = $2)
                     or exists (select from result r join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id
                        where r.host_id = $4 and r.state = 'in_progress' and a.project_id = p.id)) as "isTheirs"
             from project_file k join project p on p.id = k.project_id where k.sha256 = $1`,
    values: [sha256, account?.userId ?? null, account?.onlyProjectId ?? null, hostId],
  });
  const answer = rows[0];
  if (answer?.isPublic) return "public";
  if (answer?.isTheirs || (account?.isOperator && account.onlyProjectId === null)) return "some";
  return "no";
}
