import { lookAlikeKey } from "../core/wire/look-alike.ts";
import type { Pool } from "../database/pool.ts";

export interface TeamLine {
  id: number;
  name: string;
  /** The beginning of what it says of itself. */
  description: string;
  isOpen: boolean;
  members: number;
  totalMicro: number;
}

/** Members beyond these are not counted in a list. */
const MOST_COUNTED = 1_000;

/** Open and closed-door teams, the newest first; or those whose name begins like `search`, by name. */
export async function listTeams(
  pool: Pool,
  { search, afterId, limit }: { search: string; afterId: number | null; limit: number },
): Promise<TeamLine[]> {
  const isSearch = search.trim() !== "";
  const key = lookAlikeKey(search).replace(/[\\%_]/g, "\\$&");
  const { rows } = await pool.query<TeamLine>(
    `select t.id, t.name, left(t.description, 160) as description, t.is_open as "isOpen",
            (select count(*)::int from (select from team_membership m where m.team_id = t.id and m.left_seconds is null
              limit ${MOST_COUNTED}) counted) as members,
            coalesce((select b.total_micro from credit_balance b where b.kind = 'team' and b.subject_id = t.id and b.project_id = 0), 0) as "totalMicro"
       from team t where t.closed_seconds is null
        and ${isSearch ? "t.name_key like $1 || '%' order by t.name_key" : "($1::text = '' and t.id < $3) order by t.id desc"} limit $2
        ${isSearch ? "offset $3" : ""}`,
    isSearch ? [key, limit, 0] : ["", limit, afterId ?? Number.MAX_SAFE_INTEGER],
  );
  return rows;
}
