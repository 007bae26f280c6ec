import { loadBadges } from "../badge/load-badges.ts";
import type { Badge } from "../core/credit/badges.ts";
import { averageNow } from "../core/credit/recent-average.ts";
import type { Pool } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";
import { type CreditHead, loadHead } from "./get-my-credit.ts";

/** A person's page, as everybody sees it. */
export interface PublicPerson extends Omit<CreditHead, "isPublic"> {
  country: string | null;
  sinceSeconds: number;
  /** Those that everybody may see. */
  projects: { slug: string; name: string; micro: number; results: number; recentAverage: number }[];
  badges: Badge[];
}

const NOBODY = "There is no page of a person at this address. People have one only if they choose to.";

/** The one who chose a public page, by any of their numbers; nobody else is told from somebody who does not exist. */
async function findPublic(
  pool: Pool,
  id: number,
): Promise<{ id: number; country: string | null; sinceSeconds: number } | null> {
  const { rows } = await pool.query<{ id: number; country: string | null; sinceSeconds: number }>(
    `select u.id, u.country, u.created_seconds as "sinceSeconds" from app_user given join app_user u on u.id = coalesce(given.merged_into, given.id)
      where given.id = $1 and u.public_since_seconds is not null and u.deleted_seconds is null
        and not exists (select from user_ban b where b.user_id = u.id)`,
    [id],
  );
  return rows[0] ?? null;
}

/** @throws {Refusal} `not_found` unless the person chose to have a page. */
export async function publicUserId(pool: Pool, id: number): Promise<number> {
  const found = await findPublic(pool, id);
  if (found === null) throw new Refusal("not_found", NOBODY);
  return found.id;
}

/** @throws {Refusal} `not_found` unless the person chose to have a page. */
export async function getPublicPerson(pool: Pool, id: number, nowSeconds: number): Promise<PublicPerson> {
  const found = await findPublic(pool, id);
  if (found === null) throw new Refusal("not_found", NOBODY);
  const [{ isPublic: _, ...head }, badges, projects] = await Promise.all([
    loadHead(pool, found.id, nowSeconds),
    loadBadges(pool, found.id),
    loadProjects(pool, found.id, nowSeconds),
  ]);
  return { ...head, country: found.country, sinceSeconds: found.sinceSeconds, badges, projects };
}

async function loadProjects(pool: Pool, userId: number, nowSeconds: number): Promise<PublicPerson["projects"]> {
  const { rows } = await pool.query<PublicPerson["projects"][number] & { recentAverageSeconds: number }>(
    `select p.slug, p.name, b.total_micro as micro, b.n_results as results, b.recent_average as "recentAverage",
            b.recent_average_seconds as "recentAverageSeconds"
       from credit_balance b join project p on p.id = b.project_id
      where b.kind = 'user_project' and b.subject_id = $1 and b.total_micro > 0 and p.state = 'published' and p.suspended_reason is null
      order by b.total_micro desc`,
    [userId],
  );
  return rows.map(({ recentAverageSeconds, ...row }) => ({
    ...row,
    recentAverage: averageNow({ perDay: row.recentAverage, seconds: recentAverageSeconds }, nowSeconds),
  }));
}
