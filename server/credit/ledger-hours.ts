import type { PoolClient } from "../database/pool.ts";
import type { Entry } from "./ledger.ts";

/** Credit over time: what the ledger says per hour. Credit of users is kept per device, that of teams is not. */

type HourKey = { projectId: number; hourSeconds: number };
export type UserHour = HourKey & { of: "user"; userId: number; hostId: number };
export type TeamHour = HourKey & { of: "team"; teamId: number };
export type Hour = (UserHour | TeamHour) & { amountMicro: number; nResults: number };

/** Hours by `hourKeyOf`. */
export type Hours = Map<string, Hour>;

export function hourKeyOf(hour: UserHour | TeamHour): string {
  const who = hour.of === "user" ? `user ${hour.userId} on ${hour.hostId}` : `team ${hour.teamId}`;
  return `${who} for ${hour.projectId} at ${hour.hourSeconds}`;
}

/** The same keys, in SQL. */
export const SELECT_HOURS = `
  select 'user ' || user_id || ' on ' || host_id || ' for ' || project_id || ' at ' || hour_seconds as key, amount_micro, n_results
    from credit_hour
  union all
  select 'team ' || team_id || ' for ' || project_id || ' at ' || hour_seconds, amount_micro, n_results from credit_team_hour`;

export function addToHours(hours: Hours, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const { user_id: userId, host_id: hostId, project_id: projectId, team_id: teamId, granted_seconds } = entry;
    const hourSeconds = granted_seconds - (granted_seconds % 3_600);
    add(hours, { of: "user", userId, hostId, projectId, hourSeconds }, entry);
    if (teamId !== null) add(hours, { of: "team", teamId, projectId, hourSeconds }, entry);
  }
}

function add(hours: Hours, key: UserHour | TeamHour, { amount_micro, kind }: Entry): void {
  const hour = hours.get(hourKeyOf(key)) ?? { ...key, amountMicro: 0, nResults: 0 };
  hour.amountMicro += amount_micro;
  hour.nResults += kind === "recall" ? -1 : 1;
  hours.set(hourKeyOf(key), hour);
}

/** Adds to the hours that are stored. */
export async function addHours(client: PoolClient, hours: readonly Hour[]): Promise<void> {
  const users = hours.filter((hour) => hour.of === "user");
  await client.query(
    `insert into credit_hour as h (user_id, host_id, project_id, hour_seconds, amount_micro, n_results)
     select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[])
     on conflict (user_id, hour_seconds, project_id, host_id) do update
       set amount_micro = h.amount_micro + excluded.amount_micro, n_results = h.n_results + excluded.n_results`,
    [users.map((hour) => hour.userId), users.map((hour) => hour.hostId), ...amountsOf(users)],
  );
  const teams = hours.filter((hour) => hour.of === "team");
  if (teams.length === 0) return;
  await client.query(
    `insert into credit_team_hour as h (team_id, project_id, hour_seconds, amount_micro, n_results)
     select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[])
     on conflict (team_id, hour_seconds, project_id) do update
       set amount_micro = h.amount_micro + excluded.amount_micro, n_results = h.n_results + excluded.n_results`,
    [teams.map((hour) => hour.teamId), ...amountsOf(teams)],
  );
}

function amountsOf(hours: readonly Hour[]): number[][] {
  return [
    hours.map((hour) => hour.projectId),
    hours.map((hour) => hour.hourSeconds),
    hours.map((hour) => hour.amountMicro),
    hours.map((hour) => hour.nResults),
  ];
}

/** All derived from the ledger goes; it is computed anew in the same transaction or by the next folds. */
export async function deleteDerived(client: PoolClient): Promise<void> {
  await client.query("delete from credit_balance");
  await client.query("delete from credit_hour");
  await client.query("delete from credit_team_hour");
}
