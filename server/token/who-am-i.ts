import { SCOPES, type Scope, type Viewer } from "../account/viewer.ts";
import type { Pool } from "../database/pool.ts";

export type WhoAmI = {
  userId: number;
  name: string | null;
  /** What the token is good for; all of them for who is signed in. */
  scopes: readonly Scope[];
  /** Slug of the one project the token is for; null: all of its user's. */
  project: string | null;
};

/** For programs: whose token this is and what it may do. */
export async function whoAmI(pool: Pool, viewer: Viewer): Promise<WhoAmI> {
  const { userId, name, scopes, onlyProjectId } = viewer;
  const { rows } = await pool.query<{ slug: string }>("select slug from project where id = $1", [onlyProjectId]);
  return { userId, name, scopes: scopes === "all" ? SCOPES : scopes, project: rows[0]?.slug ?? null };
}
