import { repairTotals, wrongTotals } from "../batch/batch-totals.ts";
import { type Balance, emptyBalance } from "../core/credit/fold.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { overWholeTables } from "../sql/whole-tables.ts";
import {
  addToBalances,
  type Balances,
  type Entry,
  FOLD_LOCK,
  keyOf,
  LEDGER_ORDER,
  readMark,
  SELECT_ENTRIES,
  SUBJECT_TABLES,
  type Subject,
  storeBalances,
  subjectsOf,
} from "./ledger.ts";
import { addHours, addToHours, deleteDerived, type Hours, SELECT_HOURS } from "./ledger-hours.ts";

/** Entries in memory at once. */
const PAGE = 20_000;
/** Rows per statement of a repair. */
const CHUNK = 5_000;
/** Averages are sums of rounded numbers; one that is really wrong is further away than this, relatively. */
const AVERAGE_TOLERANCE = 1e-9;

export type LedgerCheck = {
  /** Entries that the balances should contain. */
  entries: number;
  balances: number;
  hours: number;
  /** One sentence for each balance or hour that is not what the ledger says, and each wrong total of batches; empty: all is right. */
  differences: string[];
};

/**
 * Recomputes every balance, recent average and hour from the ledger, in its order, and the totals of batches from the batches, and
 * compares. Entries not folded yet are left out on both sides, so it may run at any time beside everything else.
 */
export async function checkLedger(deps: Pick<Deps, "pool" | "boundary">): Promise<LedgerCheck> {
  return await overWholeTables(deps, { name: "check-ledger", what: "read" }, async (client) => {
    const computed = await recompute(client);
    const differences = await differencesOf(client, computed);
    return { ...computed.counts, differences };
  });
}

/** Puts what is right in place of every balance, hour and total of batches, in one transaction. @returns what was wrong. */
export async function repairLedger(deps: Pick<Deps, "pool" | "boundary">): Promise<LedgerCheck> {
  return await overWholeTables(deps, { name: "repair-ledger", what: "write" }, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [FOLD_LOCK]);
    const computed = await recompute(client);
    const differences = await differencesOf(client, computed);
    await deleteDerived(client);
    const balances = [...computed.balances.values()];
    for (let at = 0; at < balances.length; at += CHUNK) await storeBalances(client, balances.slice(at, at + CHUNK));
    const hours = [...computed.hours.values()];
    for (let at = 0; at < hours.length; at += CHUNK) await addHours(client, hours.slice(at, at + CHUNK));
    await repairTotals(client);
    return { ...computed.counts, differences };
  });
}

type Computed = {
  balances: Balances;
  hours: Hours;
  counts: { entries: number; balances: number; hours: number };
};

async function recompute(client: PoolClient): Promise<Computed> {
  const balances: Balances = new Map();
  const hours: Hours = new Map();
  let entries = 0;
  await client.query(
    `declare ledger no scroll cursor for ${SELECT_ENTRIES} where e.written_xact < ${await readMark(client)} order by ${LEDGER_ORDER}`,
  );
  for (;;) {
    const { rows } = await client.query<Entry>(`fetch ${PAGE} from ledger`);
    await begin(client, balances, rows);
    addToBalances(balances, rows);
    addToHours(hours, rows);
    entries += rows.length;
    if (rows.length < PAGE) break;
  }
  await client.query("close ledger");
  return { balances, hours, counts: { entries, balances: balances.size, hours: hours.size } };
}

/** Subjects that appear for the first time, empty at their creation (S71). */
async function begin(client: PoolClient, balances: Balances, entries: readonly Entry[]): Promise<void> {
  const fresh = new Map<string, Subject>();
  for (const subject of entries.flatMap(subjectsOf)) {
    if (!balances.has(keyOf(subject))) fresh.set(keyOf(subject), subject);
  }
  for (const kind of Object.keys(SUBJECT_TABLES) as Subject["kind"][]) {
    const own = [...fresh.values()].filter((subject) => subject.kind === kind);
    const { rows } = await client.query<{ id: number; created_seconds: number }>(
      `select id, created_seconds from ${SUBJECT_TABLES[kind]} where id = any($1::bigint[])`,
      [own.map((subject) => subject.subjectId)],
    );
    const created = new Map(rows.map((row) => [row.id, row.created_seconds]));
    for (const subject of own) {
      const seconds = created.get(subject.subjectId);
      if (seconds !== undefined) balances.set(keyOf(subject), { subject, balance: emptyBalance(seconds) });
    }
  }
}

type StoredBalance = {
  key: string;
  total_micro: string;
  n_results: string;
  recent_average: number;
  recent_average_seconds: number;
};
type StoredHour = { key: string; amount_micro: number; n_results: number };

async function differencesOf(client: PoolClient, computed: Computed): Promise<string[]> {
  return [...(await compare(client, computed)), ...(await wrongTotals(client))];
}

async function compare(client: PoolClient, { balances, hours }: Computed): Promise<string[]> {
  const differences: string[] = [];
  const stored = await client.query<StoredBalance>(
    `select kind || ':' || subject_id || ':' || project_id as key, total_micro::text, n_results::text, recent_average,
            recent_average_seconds from credit_balance`,
  );
  const storedBalances = new Map(stored.rows.map((row) => [row.key, row]));
  for (const [key, { balance }] of balances) {
    const row = storedBalances.get(key);
    differences.push(...(row === undefined ? [`${key}: there is no balance`] : balanceDifferences(row, balance)));
  }
  for (const key of storedBalances.keys()) {
    if (!balances.has(key)) differences.push(`${key}: a balance that the ledger says nothing of`);
  }
  const storedHours = await client.query<StoredHour>(SELECT_HOURS);
  const hourRows = new Map(storedHours.rows.map((row) => [row.key, row]));
  for (const [key, { amountMicro, nResults }] of hours) {
    const row = hourRows.get(key);
    if (row?.amount_micro === amountMicro && row.n_results === nResults) continue;
    const told = row === undefined ? "nothing" : `${row.amount_micro} of ${row.n_results} results`;
    differences.push(`hour ${key}: ${told}, the ledger says ${amountMicro} of ${nResults}`);
  }
  for (const key of hourRows.keys()) {
    if (!hours.has(key)) differences.push(`hour ${key}: the ledger says nothing of it`);
  }
  return differences;
}

function balanceDifferences(row: StoredBalance, { totalMicro, nResults, recent }: Balance): string[] {
  const wrong: string[] = [];
  const note = (what: string, has: unknown, should: unknown) =>
    wrong.push(`${row.key}: ${what} is ${has}, the ledger says ${should}`);
  if (BigInt(row.total_micro) !== totalMicro) note("the total", row.total_micro, totalMicro);
  if (BigInt(row.n_results) !== nResults) note("the number of results", row.n_results, nResults);
  if (row.recent_average_seconds !== recent.seconds) note("the time", row.recent_average_seconds, recent.seconds);
  const apart = Math.abs(row.recent_average - recent.perDay);
  const scale = Math.max(Math.abs(row.recent_average), Math.abs(recent.perDay));
  // Written so that NaN is a difference.
  if (!(apart <= AVERAGE_TOLERANCE * scale)) note("the recent average", row.recent_average, recent.perDay);
  return wrong;
}
