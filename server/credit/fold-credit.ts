import { emptyBalance } from "../core/credit/fold.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";
import { applyMerges } from "./apply-merges.ts";
import {
  addToBalances,
  type Balances,
  columnsOf,
  type Entry,
  FOLD_LOCK,
  keyOf,
  LEDGER_ORDER,
  readMark,
  SELECT_ENTRIES,
  type Subject,
  storeBalances,
  subjectsOf,
} from "./ledger.ts";
import { addHours, addToHours, type Hours } from "./ledger-hours.ts";

/** Entries per transaction. */
const BATCH = 5_000;

/**
 * Takes ledger entries into the balances. An entry is never changed by it: what is folded is everything written by
 * transactions below a mark, and the mark only moves over transactions that have all ended. So an entry that is written now
 * by a transaction that began long ago is not missed, and none is folded twice.
 * @returns entries folded.
 */
export async function foldCredit(deps: Deps): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await inTransaction(deps, "fold", (client) => foldBatch(client));
    total += count;
    if (count < BATCH) return total;
  }
}

async function foldBatch(client: PoolClient): Promise<number> {
  // The other processes have nothing to do meanwhile.
  const lock = await client.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1) as mine", [FOLD_LOCK]);
  if (lock.rows[0]?.mine !== true) return 0;
  const from = await readMark(client);
  await applyMerges(client, from);
  const to = await nextMark(client, from);
  if (to <= from) return 0;
  const { rows } = await client.query<Entry>(
    `${SELECT_ENTRIES} where e.written_xact >= $1 and e.written_xact < $2 order by ${LEDGER_ORDER}`,
    [from, to],
  );
  if (rows.length > 0) {
    const balances = await loadBalances(client, rows);
    addToBalances(balances, rows);
    await storeBalances(client, [...balances.values()]);
    const hours: Hours = new Map();
    addToHours(hours, rows);
    await addHours(client, [...hours.values()]);
  }
  await client.query(
    `insert into setting (key, value) values ('credit_folded_below', $1::text)
     on conflict (key) do update set value = excluded.value`,
    [String(to)],
  );
  return rows.length;
}

/** Just above the last transaction of a batch, never above one that is still running. */
async function nextMark(client: PoolClient, from: number): Promise<number> {
  const { rows } = await client.query<{ ended: number; batch: number | null }>(
    `select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint as ended,
            (select written_xact + 1 from credit_entry where written_xact >= $1 order by written_xact offset ${BATCH - 1} limit 1) as batch`,
    [from],
  );
  const { ended = from, batch = null } = rows[0] ?? {};
  return batch === null ? ended : Math.min(batch, ended);
}

type BalanceRow = {
  kind: Subject["kind"];
  subject_id: number;
  project_id: number;
  created_seconds: number | null;
  total_micro: string | null;
  n_results: string | null;
  recent_average: number | null;
  recent_average_seconds: number | null;
};

/** Balances of the entries' subjects as they are; one without a balance starts empty at its own creation (S71). */
async function loadBalances(client: PoolClient, entries: readonly Entry[]): Promise<Balances> {
  const subjects = [
    ...new Map(entries.flatMap(subjectsOf).map((subject): [string, Subject] => [keyOf(subject), subject])).values(),
  ];
  const { rows } = await client.query<BalanceRow>(
    `select c.kind, c.subject_id, c.project_id, coalesce(u.created_seconds, h.created_seconds, p.created_seconds, t.created_seconds) as created_seconds,
            b.total_micro::text, b.n_results::text, b.recent_average, b.recent_average_seconds
       from unnest($1::text[], $2::bigint[], $3::bigint[]) as c (kind, subject_id, project_id)
       left join credit_balance b on b.kind = c.kind and b.subject_id = c.subject_id and b.project_id = c.project_id
       left join app_user u on c.kind in ('user', 'user_project') and u.id = c.subject_id
       left join host h on c.kind in ('host', 'host_project') and h.id = c.subject_id
       left join team t on c.kind in ('team', 'team_project') and t.id = c.subject_id
       left join project p on c.kind = 'project' and p.id = c.subject_id`,
    columnsOf(subjects),
  );
  const balances: Balances = new Map();
  for (const row of rows) {
    const subject = { kind: row.kind, subjectId: row.subject_id, projectId: row.project_id };
    if (row.recent_average_seconds !== null) {
      const recent = { perDay: row.recent_average ?? 0, seconds: row.recent_average_seconds };
      const balance = { totalMicro: BigInt(row.total_micro ?? 0), nResults: BigInt(row.n_results ?? 0), recent };
      balances.set(keyOf(subject), { subject, balance });
    } else if (row.created_seconds !== null) {
      balances.set(keyOf(subject), { subject, balance: emptyBalance(row.created_seconds) });
    }
  }
  return balances;
}
