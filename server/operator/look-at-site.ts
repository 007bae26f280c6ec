import { PROJECT_STORAGE_BYTES } from "../core/limits.ts";
import type { Pool } from "../database/pool.ts";
import type { Publicity } from "../project/found-project.ts";

/** What the operator's pages show. Every list is found by an index and ends: the next page begins before the last id. */

const PAGE = 50;

/** Continues a list: nothing of it comes again, and nothing is counted to get there. */
export type Search = { text: string; beforeId: number | null };

/** What LIKE takes for special is meant as it is written. */
const pattern = (text: string) => `%${text.trim().replaceAll(/[\\%_]/g, "\\$&")}%`;
const asNumber = (text: string) => (/^\d{1,15}$/.test(text.trim()) ? Number(text.trim()) : null);

export type UserSeen = {
  id: number;
  name: string | null;
  isAnonymous: boolean;
  isOperator: boolean;
  createdSeconds: number;
  lastSeenSeconds: number | null;
  hosts: number;
  bannedReason: string | null;
};

/** Users by name or number, newest first; joined identities are shown as the one that stands for them. */
export async function listUsers(pool: Pool, { text, beforeId }: Search): Promise<UserSeen[]> {
  const { rows } = await pool.query<UserSeen>(
    `select u.id, u.name, u.is_anonymous as "isAnonymous", exists (select from operator o where o.user_id = u.id) as "isOperator",
            u.created_seconds as "createdSeconds", h.seen as "lastSeenSeconds", h.n as hosts, b.reason as "bannedReason"
       from app_user u left join user_ban b on b.user_id = u.id
       cross join lateral (select max(last_seen_seconds) as seen, count(*)::int as n from host where user_id = u.id) h
      where u.merged_into is null and ($1 = '%%' or u.name ilike $1 or u.id = $2) and ($3::bigint is null or u.id < $3)
      order by u.id desc limit ${PAGE}`,
    [pattern(text), asNumber(text), beforeId],
  );
  return rows;
}

export type HostSeen = {
  id: number;
  name: string | null;
  userId: number;
  userName: string | null;
  cores: number;
  backends: { kind: string; class: string }[];
  userAgent: string | null;
  createdSeconds: number;
  lastSeenSeconds: number;
  valid: number;
  invalid: number;
  errors: number;
  noReplies: number;
  bannedReason: string | null;
};

/** Devices by name or by the number of their user, newest first, with what their results were worth. */
export async function listHosts(pool: Pool, { text, beforeId }: Search): Promise<HostSeen[]> {
  const { rows } = await pool.query<HostSeen>(
    `select h.id, h.name, h.user_id as "userId", u.name as "userName", h.cores, h.backends, h.user_agent as "userAgent",
            h.created_seconds as "createdSeconds", h.last_seen_seconds as "lastSeenSeconds", s.valid, s.invalid, s.errors,
            s.no_replies as "noReplies", h.banned_reason as "bannedReason"
       from host h join app_user u on u.id = h.user_id
       cross join lateral (select coalesce(sum(valid), 0)::int as valid, coalesce(sum(invalid), 0)::int as invalid,
                coalesce(sum(errors), 0)::int as errors, coalesce(sum(no_replies), 0)::int as no_replies
           from host_app_version v where v.host_id = h.id) s
      where ($1 = '%%' or h.name ilike $1 or u.name ilike $1 or h.user_id = $2 or h.id = $2) and ($3::bigint is null or h.id < $3)
      order by h.id desc limit ${PAGE}`,
    [pattern(text), asNumber(text), beforeId],
  );
  return rows;
}

export type ProjectSeen = {
  id: number;
  slug: string;
  name: string;
  organisation: string;
  state: Publicity;
  isPublic: boolean;
  suspendedReason: string | null;
  createdSeconds: number;
  storedBytes: number;
  storageQuotaBytes: number;
  share: number;
  /** Names; of those who have none, their number. */
  owners: string[];
  /** Reports of visitors that are not settled. */
  openReports: number;
};

/** All projects, what waits for approval first. */
export async function listAllProjects(pool: Pool): Promise<ProjectSeen[]> {
  const { rows } = await pool.query<ProjectSeen>(
    `select p.id, p.slug, p.name, p.organisation, p.state, p.is_public as "isPublic", p.suspended_reason as "suspendedReason",
            p.created_seconds as "createdSeconds", p.stored_bytes as "storedBytes", p.share,
            coalesce(p.storage_quota_bytes, ${PROJECT_STORAGE_BYTES}) as "storageQuotaBytes",
            array(select coalesce(u.name, '#' || u.id) from project_member m join app_user u on u.id = m.user_id
                   where m.project_id = p.id and m.role = 'owner' order by m.since_seconds) as owners,
            (select count(*)::int from project_report r where r.project_id = p.id and r.settled_seconds is null) as "openReports"
       from project p order by (p.state = 'waiting') desc, p.id desc limit 1000`,
  );
  return rows;
}

export type RefusalSeen = { path: string; code: string; n: number; lastHour: number };

/** How often calls were refused since a time, by call and code, most frequent first. */
export async function listRefusals(pool: Pool, sinceSeconds: number, nowSeconds: number): Promise<RefusalSeen[]> {
  const { rows } = await pool.query<RefusalSeen>(
    `select path, code, sum(n)::float8 as n, coalesce(sum(n) filter (where hour_seconds > $2 - 7200), 0)::float8 as "lastHour"
       from refusal_hour where hour_seconds >= $1 group by path, code order by sum(n) desc, path, code limit 200`,
    [sinceSeconds, nowSeconds],
  );
  return rows;
}
