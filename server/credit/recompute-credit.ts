import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";
import { foldCredit } from "./fold-credit.ts";
import { FOLD_LOCK } from "./ledger.ts";
import { deleteDerived } from "./ledger-hours.ts";

/**
 * Balances are derived: this throws them away and folds the whole ledger anew. It is what a restored copy of the database
 * needs, in whose cluster transactions are numbered from elsewhere (`ensureSameCluster`), and how balances are checked.
 */
export async function recomputeCredit(deps: Deps): Promise<number> {
  await inTransaction(deps, "recompute", async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [FOLD_LOCK]);
    await deleteDerived(client);
    await client.query("update setting set value = '0' where key = 'credit_folded_below'");
  });
  return await foldCredit(deps);
}

/**
 * The mark up to which the ledger is folded is a transaction number of one PostgreSQL cluster. In another (a restored
 * backup, a move) old entries would seem new or new ones old: their numbers are set to 0, once, and everything is folded anew.
 * The order in which results are told as completed is made of the same numbers (readResults).
 * @returns true when that was needed.
 */
export async function ensureSameCluster(deps: Deps): Promise<boolean> {
  const isOther = await inTransaction(deps, "cluster", async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [FOLD_LOCK]);
    const { rows } = await client.query<{ here: string; stored: string | null }>(
      `select system_identifier::text as here, (select value from setting where key = 'credit_cluster') as stored from pg_control_system()`,
    );
    const { here = "", stored = null } = rows[0] ?? {};
    if (stored === here) return false;
    await client.query(
      "insert into setting (key, value) values ('credit_cluster', $1) on conflict (key) do update set value = excluded.value",
      [here],
    );
    if (stored === null) return false;
    // The one exception from append-only: a number that means nothing here, of a row that says the same as before.
    await client.query("alter table credit_entry disable trigger credit_entry_append_only");
    await client.query("update credit_entry set written_xact = 0");
    await client.query("alter table credit_entry enable trigger credit_entry_append_only");
    await client.query("update assimilated_result set written_xact = 0");
    return true;
  });
  if (isOther) await recomputeCredit(deps);
  return isOther;
}
