import type { Pool } from "../database/pool.ts";
import type { Credit, HostRecord, TeamRecord, UserRecord } from "./statistics-records.ts";

/** Rows read at once: what is in memory while a file is written. */
export const PAGE = 1_000;

const CREDIT = `b.total_micro::text as "totalMicro", b.recent_average as "recentAverage", b.recent_average_seconds as "recentAverageSeconds"`;

/** Who consented and is still there. A deleted, joined or banned identity is listed nowhere. */
const LISTED = `u.deleted_seconds is null and u.merged_into is null and not exists (select from user_ban x where x.user_id = u.id)`;

const USERS = `select u.id, u.name, u.created_seconds as "createdSeconds", c.internal_cpid as "internalCpid", e.email, u.country, c.url,
          m.team_id as "teamId", ${CREDIT}
     from statistics_consent c join app_user u on u.id = c.user_id and ${LISTED}
     join credit_balance b on b.kind = 'user' and b.subject_id = u.id and b.project_id = 0 and b.total_micro > 0
     left join auth_user e on e.id = u.auth_user_id
     left join team_membership m on m.user_id = u.id and m.left_seconds is null
    where c.is_given and c.user_id > $1 order by c.user_id limit ${PAGE}`;

/** Devices of identities that were joined to the listed one are its own. */
const HOSTS = `select h.id, u.id as "userId", c.internal_cpid as "internalCpid", h.user_agent as "userAgent", h.backends,
          h.created_seconds as "createdSeconds", h.last_seen_seconds as "lastSeenSeconds", h.cores, h.memory_bytes as "memoryBytes", ${CREDIT}
     from (select * from host where id > $1 and removed_seconds is null order by id limit ${PAGE}) h
     join app_user o on o.id = h.user_id join app_user u on u.id = coalesce(o.merged_into, o.id) and ${LISTED}
     join statistics_consent c on c.user_id = u.id and c.is_given
     join credit_balance b on b.kind = 'host' and b.subject_id = h.id and b.project_id = 0 and b.total_micro > 0
    order by h.id`;

const TEAMS = `select t.id, t.name, t.description, t.created_seconds as "createdSeconds", coalesce(c.user_id, 0) as "founderId",
          case when c.user_id is not null then u.name end as "founderName", ${CREDIT}
     from team t join credit_balance b on b.kind = 'team' and b.subject_id = t.id and b.project_id = 0 and b.total_micro > 0
     left join app_user u on u.id = t.founder_id and ${LISTED}
     left join statistics_consent c on c.user_id = u.id and c.is_given
    where t.closed_seconds is null and t.id > $1 order by t.id limit ${PAGE}`;

async function* pagesOf<Row extends { id: number } & Credit>(pool: Pool, text: string): AsyncGenerator<Row> {
  for (let after = 0; ; ) {
    const { rows } = await pool.query<Row>(text, [after]);
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.id ?? after;
  }
}

export const readUsers = (pool: Pool): AsyncGenerator<UserRecord> => pagesOf(pool, USERS);
export const readTeams = (pool: Pool): AsyncGenerator<TeamRecord> => pagesOf(pool, TEAMS);

/** By pages of all devices: few of a page may be listed, so the last one looked at is asked for apart. */
export async function* readHosts(pool: Pool): AsyncGenerator<HostRecord> {
  for (let after = 0; ; ) {
    const { rows } = await pool.query<HostRecord>(HOSTS, [after]);
    yield* rows;
    const next = await pool.query<{ last: number | null; n: number }>(
      `select max(id) as last, count(*)::int as n from (select id from host where id > $1 and removed_seconds is null order by id limit ${PAGE}) h`,
      [after],
    );
    const { last = null, n = 0 } = next.rows[0] ?? {};
    if (last === null || n < PAGE) return;
    after = last;
  }
}

export type Counts = { users: number; hosts: number; teams: number; totalMicro: string };

/** As BOINC counts: everybody with credit, whether they are listed or not. */
export async function countAll(pool: Pool): Promise<Counts> {
  const { rows } = await pool.query<Counts>(
    `select count(*) filter (where kind = 'user')::int as users, count(*) filter (where kind = 'host')::int as hosts,
            count(*) filter (where kind = 'team')::int as teams,
            coalesce(sum(total_micro) filter (where kind = 'user'), 0)::text as "totalMicro"
       from credit_balance where kind in ('user', 'host', 'team') and project_id = 0 and total_micro > 0`,
  );
  return rows[0] ?? { users: 0, hosts: 0, teams: 0, totalMicro: "0" };
}

export async function listApplications(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ title: string }>(
    `select a.title from app a join project p on p.id = a.project_id
      where p.state = 'published' and p.suspended_reason is null order by a.id`,
  );
  return rows.map((row) => row.title);
}
