import type { PoolClient } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";
import type { TransactionDeps } from "../sql/transaction.ts";
import { changingMembers, endMembership, type LockedTeam, lockTeam } from "./members.ts";

type Member = { teamId: number; userId: number };

/**
 * Leaves a team; what was granted meanwhile stays the team's. A founder hands the team over first, unless nobody else is
 * left: then the team is closed. @throws {Refusal} `conflict`.
 */
export async function leaveTeam(deps: TransactionDeps, { teamId, userId }: Member, nowSeconds: number): Promise<void> {
  await changingMembers(deps, "leave-team", async (client) => {
    const team = await lockTeam(client, teamId);
    if (team.founderId === userId) {
      if ((await nextFounder(client, team)) !== null) {
        throw new Refusal("conflict", "You founded this team. Hand it over to another member before you leave.");
      }
      await closeTeam(client, teamId, nowSeconds);
    }
    await endMembership(client, { teamId, userId }, nowSeconds);
  });
}

/**
 * For a user who goes for good: out of the team they are in. A team they lead goes to its longest-standing member, or is
 * closed when there is none. Does nothing for somebody without a team.
 */
export async function leaveForGood(deps: TransactionDeps, userId: number, nowSeconds: number): Promise<void> {
  await changingMembers(deps, "leave-team", async (client) => {
    const { rows } = await client.query<{ teamId: number }>(
      `select team_id as "teamId" from team_membership where user_id = $1 and left_seconds is null`,
      [userId],
    );
    const [membership] = rows;
    if (membership === undefined) return;
    const team = await lockTeam(client, membership.teamId);
    if (team.founderId === userId) {
      const heir = await nextFounder(client, team);
      if (heir === null) await closeTeam(client, team.id, nowSeconds);
      else await client.query("update team set founder_id = $2 where id = $1", [team.id, heir]);
    }
    await endMembership(client, { teamId: team.id, userId }, nowSeconds);
  });
}

/** The founder takes somebody out. @throws {Refusal} */
export async function removeMember(
  deps: TransactionDeps,
  { teamId, userId, memberId }: Member & { memberId: number },
  nowSeconds: number,
): Promise<void> {
  await changingMembers(deps, "remove-member", async (client) => {
    const team = await lockTeam(client, teamId);
    if (team.founderId !== userId) throw new Refusal("forbidden", "Only the founder of the team may do this.");
    if (memberId === userId) throw new Refusal("bad_request", "To go yourself, leave the team.");
    await endMembership(client, { teamId, userId: memberId }, nowSeconds);
  });
}

/** Who has been in the team longest, besides its founder. */
async function nextFounder(client: PoolClient, team: LockedTeam): Promise<number | null> {
  const { rows } = await client.query<{ userId: number }>(
    `select user_id as "userId" from team_membership where team_id = $1 and left_seconds is null and user_id <> $2
      order by joined_seconds, user_id limit 1`,
    [team.id, team.founderId],
  );
  return rows[0]?.userId ?? null;
}

async function closeTeam(client: PoolClient, teamId: number, nowSeconds: number): Promise<void> {
  await client.query("update team set closed_seconds = $2 where id = $1", [teamId, nowSeconds]);
}
