import { Refusal } from "../refusal.ts";
import type { TransactionDeps } from "../sql/transaction.ts";
import { isInviteToken } from "./invite-token.ts";
import { addMember, changingMembers, lockTeam } from "./members.ts";

export type Joining = { teamId: number; userId: number /** From the invite link. */; inviteToken?: string | undefined };

/** @throws {Refusal} `forbidden` when the team is joined by invite link only, and this is none of its. */
export async function joinTeam(deps: TransactionDeps, joining: Joining, nowSeconds: number): Promise<void> {
  const { teamId, userId, inviteToken } = joining;
  await changingMembers(deps, "join-team", async (client) => {
    const team = await lockTeam(client, teamId);
    const isInvited = inviteToken !== undefined && isInviteToken(inviteToken, team.inviteToken);
    if (!team.isOpen && !isInvited) {
      throw new Refusal(
        "forbidden",
        "One joins this team with a link from its founder. This link is not, or no longer, valid.",
      );
    }
    await addMember(client, { teamId, userId }, nowSeconds);
  });
}
