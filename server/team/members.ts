import { FOLD_LOCK } from "../credit/ledger.ts";
import type { PoolClient } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction, type TransactionDeps } from "../sql/transaction.ts";

/**
 * Every change of who is in which team. It holds the lock of folding: what is folded belongs to the team it went to, and
 * everything later sees the change.
 */
export async function changingMembers<T>(
  deps: TransactionDeps,
  name: string,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return await inTransaction(deps, name, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [FOLD_LOCK]);
    return await use(client);
  });
}

/** A team as changes need it, locked until the transaction ends. */
export type LockedTeam = { id: number; founderId: number; isOpen: boolean; inviteToken: string };

export const NO_SUCH_TEAM =
  "There is no team at this address. It may have been closed, or a letter of the link is missing.";

/** @throws {Refusal} `not_found` also for one that is closed. */
export async function lockTeam(client: PoolClient, teamId: number): Promise<LockedTeam> {
  const { rows } = await client.query<LockedTeam>(
    `select id, founder_id as "founderId", is_open as "isOpen", invite_token as "inviteToken" from team
      where id = $1 and closed_seconds is null for update`,
    [teamId],
  );
  if (rows[0]) return rows[0];
  throw new Refusal("not_found", NO_SUCH_TEAM);
}

/** @throws {Refusal} `forbidden` unless the user is the team's founder. */
export async function lockOwnTeam(client: PoolClient, teamId: number, userId: number): Promise<LockedTeam> {
  const team = await lockTeam(client, teamId);
  if (team.founderId !== userId) throw new Refusal("forbidden", "Only the founder of the team may do this.");
  return team;
}

/** The team a user is in now. */
export async function teamIdOf(client: Pick<PoolClient, "query">, userId: number): Promise<number | null> {
  const { rows } = await client.query<{ teamId: number }>(
    `select team_id as "teamId" from team_membership where user_id = $1 and left_seconds is null`,
    [userId],
  );
  return rows[0]?.teamId ?? null;
}

/**
 * The first second of a change: after everything that was granted to the user, and to those joined to them, up to now,
 * whatever the clocks say. So no entry that is folded changes its team.
 */
const FIRST_SECOND = `greatest($2::bigint, 1 + coalesce((select max(e.granted_seconds) from credit_entry e
    where e.user_id in (select $1::bigint union all select id from app_user where merged_into = $1)), 0),
  1 + coalesce((select max(coalesce(m.left_seconds, m.joined_seconds)) from team_membership m where m.user_id = $1), 0))`;

/** @throws {Refusal} `conflict` when the user is in a team already. */
export async function addMember(
  client: PoolClient,
  { teamId, userId }: { teamId: number; userId: number },
  nowSeconds: number,
): Promise<void> {
  // Nobody else changes memberships meanwhile: the lock of folding is held.
  if ((await teamIdOf(client, userId)) !== null) {
    throw new Refusal("conflict", "You are in a team already. Leave it first: one person is in one team at a time.");
  }
  await client.query(
    `insert into team_membership (user_id, team_id, joined_seconds) values ($1, $3, ${FIRST_SECOND})`,
    [userId, nowSeconds, teamId],
  );
}

/** @throws {Refusal} `not_found` when the user is not in the team. */
export async function endMembership(
  client: PoolClient,
  { teamId, userId }: { teamId: number; userId: number },
  nowSeconds: number,
): Promise<void> {
  const { rowCount } = await client.query(
    `update team_membership set left_seconds = ${FIRST_SECOND} where user_id = $1 and team_id = $3 and left_seconds is null`,
    [userId, nowSeconds, teamId],
  );
  if (rowCount === 0) throw new Refusal("not_found", "This person is not in the team.");
}
