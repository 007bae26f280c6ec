import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/** Id of a project that everybody may see. @throws {Refusal} `not_found`. */
export async function findBoardProject(pool: Pool, slug: string): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    "select id from project where slug = $1 and state = 'published' and suspended_reason is null",
    [slug],
  );
  if (rows[0]) return rows[0].id;
  throw new Refusal("not_found", "There is no project at this address. The link may be old, or a letter is missing.");
}
