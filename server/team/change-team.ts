import { lookAlikeKey } from "../core/wire/look-alike.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction, type TransactionDeps } from "../sql/transaction.ts";
import { refuseTaken } from "./create-team.ts";
import { newInviteToken } from "./invite-token.ts";
import { lockOwnTeam } from "./members.ts";
import { teamDescription, teamName } from "./team-rules.ts";

type Founder = { teamId: number; userId: number };

/** Name, text and how one joins. @throws {Refusal} unless the user is the founder. */
export async function changeTeam(
  deps: TransactionDeps,
  change: Founder & { name: string; description: string; isOpen: boolean },
): Promise<void> {
  const [name, description] = [teamName(change.name), teamDescription(change.description)];
  await inTransaction(deps, "change-team", async (client) => {
    await lockOwnTeam(client, change.teamId, change.userId);
    await client
      .query("update team set name = $2, name_key = $3, description = $4, is_open = $5 where id = $1", [
        change.teamId,
        name,
        lookAlikeKey(name),
        description,
        change.isOpen,
      ])
      .catch(refuseTaken);
  });
}

/** A new invite link; the one before is no longer valid. @throws {Refusal} unless the user is the founder. */
export async function renewInvite(deps: TransactionDeps, { teamId, userId }: Founder): Promise<string> {
  const token = newInviteToken();
  await inTransaction(deps, "renew-invite", async (client) => {
    await lockOwnTeam(client, teamId, userId);
    await client.query("update team set invite_token = $2 where id = $1", [teamId, token]);
  });
  return token;
}

/** Makes another member the founder. @throws {Refusal} unless the user is the founder, and to somebody who is no member. */
export async function handOverTeam(
  deps: TransactionDeps,
  { teamId, userId, memberId }: Founder & { memberId: number },
) {
  await inTransaction(deps, "hand-over-team", async (client) => {
    await lockOwnTeam(client, teamId, userId);
    const { rowCount } = await client.query(
      "select from team_membership where team_id = $1 and user_id = $2 and left_seconds is null for update",
      [teamId, memberId],
    );
    if (rowCount === 0) throw new Refusal("not_found", "This person is not in the team.");
    await client.query("update team set founder_id = $2 where id = $1", [teamId, memberId]);
  });
}
