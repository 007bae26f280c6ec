import { emptyBalance } from "../core/credit/fold.ts";
import type { PoolClient } from "../database/pool.ts";
import {
  addToBalances,
  type Balances,
  type Entry,
  keyOf,
  LEDGER_ORDER,
  SELECT_ENTRIES,
  type Subject,
  storeBalances,
  subjectsOf,
} from "./ledger.ts";

/** Merges per round: each reads the whole past of the people concerned. */
const BATCH = 20;
/** Entries in memory at once. */
const PAGE = 20_000;

/**
 * Identities that were joined to another one since the last fold: from now on their credit counts in the balance of the one
 * that stands for them, all of it as if it had always been so; for a team only what is granted from now on. The caller holds
 * `FOLD_LOCK`. @returns merges applied.
 */
export async function applyMerges(client: PoolClient, mark: number): Promise<number> {
  const { rows: merges } = await client.query<{ userId: number; survivorId: number }>(
    `select user_id as "userId", survivor_id as "survivorId" from credit_merge order by user_id limit ${BATCH} for update skip locked`,
  );
  for (const merge of merges) await noteAlias(client, { ...merge, mark });
  const survivors = [...new Set(merges.map((merge) => merge.survivorId))];
  for (const survivorId of survivors) await refoldUser(client, survivorId, mark);
  await client.query("delete from credit_merge where user_id = any($1::bigint[])", [
    merges.map(({ userId }) => userId),
  ]);
  return merges.length;
}

type Merge = { userId: number; survivorId: number; mark: number };

/**
 * From when on: after everything of it that is folded, so that no team loses or wins what it has or has not. Whoever was
 * joined to the user before comes along.
 */
async function noteAlias(client: PoolClient, { userId, survivorId, mark }: Merge): Promise<void> {
  await client.query(
    `with moved as (select $1::bigint as id union select user_id from credit_alias where survivor_id = $1)
     insert into credit_alias (user_id, survivor_id, since_seconds)
     select id, $2, 1 + greatest(0, (select max(granted_seconds) from credit_entry
                                   where user_id in (select id from moved) and written_xact < $3),
                                 (select max(since_seconds) from credit_alias where user_id in (select id from moved)))
       from moved`,
    [userId, survivorId, mark],
  );
}

const ofUser = (entry: Entry): Subject[] =>
  subjectsOf(entry).filter(({ kind }) => kind === "user" || kind === "user_project");

/** One user's balances, computed anew from the entries of all their identities. */
async function refoldUser(client: PoolClient, survivorId: number, mark: number): Promise<void> {
  await client.query(
    `delete from credit_balance where kind in ('user', 'user_project')
        and subject_id in (select $1::bigint union select user_id from credit_alias where survivor_id = $1)`,
    [survivorId],
  );
  const { rows: users } = await client.query<{ created_seconds: number }>(
    "select created_seconds from app_user where id = $1",
    [survivorId],
  );
  const created = users[0]?.created_seconds ?? 0;
  const balances: Balances = new Map();
  await client.query(
    `declare own no scroll cursor for ${SELECT_ENTRIES}
      where e.user_id in (select $1::bigint union select user_id from credit_alias where survivor_id = $1)
        and coalesce(latest.survivor_id, e.user_id) = $1 and e.written_xact < $2 order by ${LEDGER_ORDER}`,
    [survivorId, mark],
  );
  for (;;) {
    const { rows } = await client.query<Entry>(`fetch ${PAGE} from own`);
    for (const subject of rows.flatMap(ofUser)) {
      if (!balances.has(keyOf(subject))) balances.set(keyOf(subject), { subject, balance: emptyBalance(created) });
    }
    addToBalances(balances, rows, ofUser);
    if (rows.length < PAGE) break;
  }
  await client.query("close own");
  await storeBalances(client, [...balances.values()]);
}
