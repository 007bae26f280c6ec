import { DAY_SECONDS } from "../core/limits.ts";
import { lookAlikeKey } from "../core/wire/look-alike.ts";
import type { PoolClient } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";
import type { TransactionDeps } from "../sql/transaction.ts";
import { newInviteToken } from "./invite-token.ts";
import { addMember, changingMembers } from "./members.ts";
import { TEAMS_PER_DAY, teamDescription, teamName } from "./team-rules.ts";

export type NewTeam = { userId: number; name: string; description: string; isOpen: boolean };

/** Founds a team; its founder is its first member. @throws {Refusal} */
export async function createTeam(
  deps: TransactionDeps,
  team: NewTeam,
  nowSeconds: number,
): Promise<{ teamId: number }> {
  const [name, description] = [teamName(team.name), teamDescription(team.description)];
  return await changingMembers(deps, "create-team", async (client) => {
    await checkRate(client, team.userId, nowSeconds);
    const { rows } = await client
      .query<{ id: number }>(
        `insert into team (name, name_key, description, is_open, invite_token, creator_id, founder_id, created_seconds)
         values ($1, $2, $3, $4, $5, $6, $6, $7) returning id`,
        [name, lookAlikeKey(name), description, team.isOpen, newInviteToken(), team.userId, nowSeconds],
      )
      .catch(refuseTaken);
    const teamId = rows[0]?.id ?? 0;
    await addMember(client, { teamId, userId: team.userId }, nowSeconds);
    return { teamId };
  });
}

async function checkRate(client: PoolClient, userId: number, nowSeconds: number): Promise<void> {
  const { rows } = await client.query<{ oldest: number }>(
    `select created_seconds as oldest from team where creator_id = $1 and created_seconds > $2 order by created_seconds limit ${TEAMS_PER_DAY}`,
    [userId, nowSeconds - DAY_SECONDS],
  );
  const [oldest] = rows;
  if (oldest === undefined || rows.length < TEAMS_PER_DAY) return;
  throw new Refusal("rate_limited", "You have founded many teams today. Try again tomorrow.", {
    retryAfterSeconds: oldest.oldest + DAY_SECONDS - nowSeconds,
  });
}

/** For statements that set a name. */
export function refuseTaken(error: unknown): never {
  if ((error as { constraint?: string }).constraint !== "team_name_key") throw error;
  throw new Refusal("conflict", "There is a team whose name looks the same: choose another one.", { cause: error });
}
