import { QUOTA_START_PER_DAY } from "../core/limits.ts";
import type { HostEvent } from "../core/replication/types.ts";
import { quotaAfter } from "../core/trust/quota.ts";
import { newStanding, noted, type Standing } from "../core/trust/standing.ts";
import type { PoolClient } from "../database/pool.ts";
import { beforeCommit } from "../sql/transaction.ts";

export type HostNote = { hostId: number; appVersionId: number; event: HostEvent };

type Key = { hostId: number; appVersionId: number };
type Row = Key & Standing & { quotaPerDay: number };

const CREATE_STANDINGS = {
  name: "create-standings",
  text: `insert into host_app_version (host_id, app_version_id, changed_seconds)
         select host_id, app_version_id, $3 from unnest($1::bigint[], $2::bigint[]) as c (host_id, app_version_id)
          order by host_id, app_version_id on conflict do nothing`,
};

const LOCK_STANDINGS = {
  name: "lock-standings",
  // In one order everywhere, that of the keys, and last in every transaction: see writeChanges. Each is looked for by its
  // key: asked for as a set in an order, PostgreSQL reads all standings there are in that order (measured: 10 ms with ten
  // thousand hosts).
  text: `select h.* from unnest($1::bigint[], $2::bigint[]) as c (host_id, app_version_id) cross join lateral (
            select h.host_id as "hostId", h.app_version_id as "appVersionId", h.consecutive_valid as "consecutiveValid",
                h.changed_seconds as "changedSeconds", h.valid, h.invalid, h.errors, h.no_replies as "noReplies",
                coalesce(h.quota_per_day, ${QUOTA_START_PER_DAY}) as "quotaPerDay"
              from host_app_version h where h.host_id = c.host_id and h.app_version_id = c.app_version_id for update) h`,
};

const STORE_STANDINGS = {
  name: "store-standings",
  text: `update host_app_version h set consecutive_valid = c.consecutive_valid, changed_seconds = c.changed_seconds,
            valid = c.valid, invalid = c.invalid, errors = c.errors, no_replies = c.no_replies,
            quota_per_day = c.quota_per_day
       from unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[])
         as c (host_id, app_version_id, consecutive_valid, changed_seconds, valid, invalid, errors, no_replies, quota_per_day)
      where h.host_id = c.host_id and h.app_version_id = c.app_version_id`,
};

/** Takes events, in their order, into the standings of the hosts concerned. */
export async function noteHosts(client: PoolClient, notes: readonly HostNote[], nowSeconds: number): Promise<void> {
  if (notes.length === 0) return;
  const byHost = new Map<string, Key & { events: HostEvent[] }>();
  for (const { hostId, appVersionId, event } of notes) {
    const known = byHost.get(`${hostId}:${appVersionId}`);
    if (known === undefined) byHost.set(`${hostId}:${appVersionId}`, { hostId, appVersionId, events: [event] });
    else known.events.push(event);
  }
  const standings = await lockStandings(client, [...byHost.values()], nowSeconds);
  const changed = standings.map((row): Row => {
    let now = row;
    for (const event of byHost.get(`${row.hostId}:${row.appVersionId}`)?.events ?? []) {
      now = { ...row, ...noted(now, event, nowSeconds), quotaPerDay: quotaAfter(now.quotaPerDay, event) };
    }
    return now;
  });
  const column = <K extends keyof Row>(key: K) => changed.map((row) => row[key]);
  const stored = client.query({
    ...STORE_STANDINGS,
    values: [
      column("hostId"),
      column("appVersionId"),
      column("consecutiveValid"),
      column("changedSeconds"),
      column("valid"),
      column("invalid"),
      column("errors"),
      column("noReplies"),
      column("quotaPerDay"),
    ],
  });
  beforeCommit(client, stored);
}

async function lockStandings(client: PoolClient, wanted: readonly Key[], nowSeconds: number): Promise<Row[]> {
  const keys = wanted.toSorted((a, b) => a.hostId - b.hostId || a.appVersionId - b.appVersionId);
  const values = [keys.map((key) => key.hostId), keys.map((key) => key.appVersionId)];
  const found = await client.query<Row>({ ...LOCK_STANDINGS, values });
  if (found.rows.length === keys.length) return found.rows;
  await client.query({ ...CREATE_STANDINGS, values: [...values, newStanding(nowSeconds).changedSeconds] });
  return (await client.query<Row>({ ...LOCK_STANDINGS, values })).rows;
}
