import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

/**
 * A page, and the picture that goes with it, which everybody may see: only when the person chooses so, and only under a name.
 * @throws {Refusal} `conflict` without a public name.
 */
export async function sharePage(
  pool: Pool,
  { userId, isPublic }: { userId: number; isPublic: boolean },
  nowSeconds: number,
): Promise<void> {
  if (!isPublic) {
    await pool.query("update app_user set public_since_seconds = null where id = $1", [userId]);
    return;
  }
  const { rowCount } = await pool.query(
    `update app_user set public_since_seconds = coalesce(public_since_seconds, $2)
      where id = $1 and name is not null and deleted_seconds is null and merged_into is null`,
    [userId, nowSeconds],
  );
  if (rowCount === 0) throw new Refusal("conflict", "Choose a public name first: the page carries it.");
}
