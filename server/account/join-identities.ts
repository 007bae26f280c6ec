import { isConfirmedByOnePerson } from "../core/replication/identities.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { settleWorkunits } from "../workunit/settle-workunits.ts";

export type Join = {
  /** The identity that goes: without an account, and not joined to another. */
  goneId: number;
  /** The one that stands for both from now on. */
  survivorId: number;
};

/** Workunits looked at per transaction, so that volunteers' exchanges wait for no long one. */
const CHUNK = 200;

/**
 * Two identities turn out to be one person's. The devices go to the survivor, whose credit contains the other's from the
 * next folding on (server/credit/apply-merges.ts); results and the ledger keep the number they were made with. Workunits that
 * both took part in are decided anew (S78), and marked where one person alone confirmed them (S79).
 * @throws {Refusal} `conflict` where one of them cannot be joined, `forbidden` where one is shut out.
 */
export async function joinIdentities(deps: Deps, join: Join, nowSeconds: number): Promise<void> {
  const shared = await inTransaction(deps, "join-identities", async (client) => {
    await lockBoth(client, join);
    const ids = await sharedWorkunits(client, join);
    await moveEverything(client, join);
    return ids;
  });
  for (let at = 0; at < shared.length; at += CHUNK) {
    const ids = shared.slice(at, at + CHUNK);
    await settleWorkunits(deps, ids, nowSeconds);
    await markConfirmedByOne(deps, ids, nowSeconds);
  }
}

async function lockBoth(client: PoolClient, { goneId, survivorId }: Join): Promise<void> {
  const { rows } = await client.query<{ id: number; hasAccount: boolean; isGone: boolean; isBanned: boolean }>(
    `select id, auth_user_id is not null as "hasAccount", merged_into is not null or deleted_seconds is not null as "isGone",
            exists (select from user_ban b where b.user_id = app_user.id) as "isBanned"
       from app_user where id = any($1::bigint[]) order by id for update`,
    [[goneId, survivorId]],
  );
  const gone = rows.find((row) => row.id === goneId);
  const survivor = rows.find((row) => row.id === survivorId);
  if (gone === undefined || survivor === undefined || goneId === survivorId || gone.isGone || survivor.isGone) {
    throw new Refusal("conflict", "One of the two was joined or deleted meanwhile. Reload the page.");
  }
  // Who is shut out stays so under any name, and brings nobody else in.
  if (gone.isBanned || survivor.isBanned) throw new Refusal("forbidden", "One of the two may not take part here.");
  if (gone.hasAccount) throw new Refusal("conflict", "This device belongs to another account.");
}

/** Workunits that both had a result of. Read before the devices move; the gone one's results are found by its devices. */
async function sharedWorkunits(client: PoolClient, { goneId, survivorId }: Join): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `with own as (select id from host where user_id = $1),
          other as (select $2::bigint as id union select id from app_user where merged_into = $2),
          mine as (select r.workunit_id, r.exclusion_key from result r where r.host_id in (select id from own) and r.state = 'in_progress'
                   union select r.workunit_id, r.exclusion_key from result r where r.host_id in (select id from own) and r.state = 'over')
     select distinct m.workunit_id as id from mine m
      where m.exclusion_key is not null and exists (select from result o where o.workunit_id = m.workunit_id
              and o.user_id in (select id from other))
      order by 1`,
    [goneId, survivorId],
  );
  return rows.map((row) => row.id);
}

async function moveEverything(client: PoolClient, { goneId, survivorId }: Join): Promise<void> {
  const both = [goneId, survivorId];
  await client.query("update host set user_id = $2 where user_id = $1", both);
  // The person has been here since the first of the two came; a name that only the gone one had stays theirs.
  await client.query(
    `update app_user s set name = coalesce(s.name, g.name), created_seconds = least(s.created_seconds, g.created_seconds)
       from app_user g where g.id = $1 and s.id = $2`,
    both,
  );
  await client.query("delete from account_code where user_id = $1", [goneId]);
  await client.query("delete from statistics_consent where user_id = $1", [goneId]);
  // Whoever was joined to the gone one goes along, so that one step always leads to who stands for a user.
  await client.query("update app_user set merged_into = $2 where merged_into = $1", both);
  await client.query(
    "update app_user set merged_into = $2, name = null, public_since_seconds = null, country = null where id = $1",
    both,
  );
}

/** S79. */
async function markConfirmedByOne(deps: Deps, ids: readonly number[], nowSeconds: number): Promise<void> {
  await inTransaction(deps, "mark-one-person", async (client) => {
    const workunits = await lockWorkunits(deps, client, ids);
    const { rows } = await client.query<{ id: number; confirmedBy: number[] }>(
      `select id, confirmed_by as "confirmedBy" from workunit
        where id = any($1::bigint[]) and state = 'completed' and one_person_seconds is null`,
      [ids],
    );
    const confirmedBy = new Map(rows.map((row) => [row.id, row.confirmedBy.map(String)]));
    const marked = workunits
      .filter(({ id, state }) => isConfirmedByOnePerson(state.results, confirmedBy.get(id) ?? []))
      .map(({ id }) => id);
    if (marked.length === 0) return;
    await client.query("update workunit set one_person_seconds = $2 where id = any($1::bigint[])", [
      marked,
      nowSeconds,
    ]);
  });
}
