import { averageNow } from "../core/credit/recent-average.ts";
import type { Pool } from "../database/pool.ts";
import { findPlace } from "../leaderboard/find-place.ts";
import { Refusal } from "../refusal.ts";
import { NO_SUCH_TEAM } from "./members.ts";

/** A team as its page shows it. */
export interface TeamPage {
  id: number;
  name: string;
  description: string;
  isOpen: boolean;
  createdSeconds: number;
  members: number;
  totalMicro: number;
  recentAverage: number;
  results: number;
  /** Place among all teams by credit; null: no credit yet. */
  rank: number | null;
  founder: { userId: number; name: string | null };
  /** What the caller is to it. */
  role: "founder" | "member" | null;
  /** Another team that the caller is in. */
  isInOtherTeam: boolean;
  /** The secret of the invite link: for its founder. */
  inviteToken: string | null;
}

interface Row extends Omit<TeamPage, "rank" | "founder" | "role" | "isInOtherTeam" | "recentAverage"> {
  founderId: number;
  founderName: string | null;
  recentAverage: number;
  recentAverageSeconds: number;
  ownTeamId: number | null;
}

/** @throws {Refusal} `not_found`, also for a team that is closed. */
export async function getTeam(
  pool: Pool,
  { teamId, viewerId }: { teamId: number; viewerId: number | null },
  nowSeconds: number,
): Promise<TeamPage> {
  const { rows } = await pool.query<Row>(
    `select t.id, t.name, t.description, t.is_open as "isOpen", t.created_seconds as "createdSeconds", t.invite_token as "inviteToken",
            (select count(*)::int from team_membership m where m.team_id = t.id and m.left_seconds is null) as members,
            coalesce(b.total_micro, 0)::float8 as "totalMicro", coalesce(b.recent_average, 0) as "recentAverage",
            coalesce(b.recent_average_seconds, t.created_seconds) as "recentAverageSeconds", coalesce(b.n_results, 0)::int as results,
            t.founder_id as "founderId", u.name as "founderName",
            (select m.team_id from team_membership m where m.user_id = $2 and m.left_seconds is null) as "ownTeamId"
       from team t join app_user u on u.id = t.founder_id
       left join credit_balance b on b.kind = 'team' and b.subject_id = t.id and b.project_id = 0
      where t.id = $1 and t.closed_seconds is null`,
    [teamId, viewerId],
  );
  const [team] = rows;
  if (team === undefined) throw new Refusal("not_found", NO_SUCH_TEAM);
  const { founderId, founderName, ownTeamId, recentAverageSeconds, inviteToken, ...shown } = team;
  const isFounder = viewerId !== null && founderId === viewerId;
  const place = await findPlace(
    pool,
    { board: { kind: "teams", order: "total", projectId: 0 }, ids: [teamId] },
    nowSeconds,
  );
  return {
    ...shown,
    recentAverage: averageNow({ perDay: team.recentAverage, seconds: recentAverageSeconds }, nowSeconds),
    rank: place?.rank ?? null,
    founder: { userId: founderId, name: founderName },
    role: isFounder ? "founder" : ownTeamId === teamId ? "member" : null,
    isInOtherTeam: ownTeamId !== null && ownTeamId !== teamId,
    inviteToken: isFounder ? inviteToken : null,
  };
}

export interface TeamMember {
  userId: number;
  /** Null: no public name was chosen. */
  name: string | null;
  hasPage: boolean;
  isFounder: boolean;
  joinedSeconds: number;
}

/** Members by how long they have been in it, after one of them. */
export async function listMembers(
  pool: Pool,
  { teamId, after, limit }: { teamId: number; after: { joinedSeconds: number; userId: number } | null; limit: number },
): Promise<TeamMember[]> {
  const { rows } = await pool.query<TeamMember>(
    `select m.user_id as "userId", u.name, u.public_since_seconds is not null as "hasPage", t.founder_id = m.user_id as "isFounder",
            m.joined_seconds as "joinedSeconds"
       from (select * from team_membership where team_id = $1 and left_seconds is null and (joined_seconds, user_id) > ($2, $3)
              order by joined_seconds, user_id limit $4) m
       join team t on t.id = m.team_id join app_user u on u.id = m.user_id
      order by m.joined_seconds, m.user_id`,
    [teamId, after?.joinedSeconds ?? -1, after?.userId ?? 0, limit],
  );
  return rows;
}
