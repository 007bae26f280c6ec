import { type Balance, emptyBalance, folded, type LedgerEntry } from "../core/credit/fold.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";

/** Entries per transaction. */
const BATCH = 5_000;
/** One process folds at a time; the others have nothing to do meanwhile. */
const FOLD_LOCK = 7_110_002;

type Entry = {
  result_id: number;
  user_id: number;
  host_id: number;
  project_id: number;
  amount_micro: number;
  granted_seconds: number;
};

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
  const lock = await client.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1) as mine", [FOLD_LOCK]);
  if (lock.rows[0]?.mine !== true) return 0;
  const from = await readMark(client);
  const to = await nextMark(client, from);
  if (to <= from) return 0;
  const { rows } = await client.query<Entry>(
    `select result_id, user_id, host_id, project_id, amount_micro, granted_seconds from credit_entry
      where written_xact >= $1 and written_xact < $2`,
    [from, to],
  );
  if (rows.length > 0) {
    await addToBalances(client, rows);
    await addToHours(client, rows);
  }
  await client.query(
    `insert into setting (key, value) values ('credit_folded_below', $1::text)
     on conflict (key) do update set value = excluded.value`,
    [String(to)],
  );
  return rows.length;
}

async function readMark(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ mark: number }>(
    "select value::bigint as mark from setting where key = 'credit_folded_below'",
  );
  return rows[0]?.mark ?? 0;
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

type Subject = { kind: "user" | "host" | "project" | "user_project"; subjectId: number; projectId: number };

function subjectsOf(entry: Entry): Subject[] {
  return [
    { kind: "user", subjectId: entry.user_id, projectId: 0 },
    { kind: "host", subjectId: entry.host_id, projectId: 0 },
    { kind: "project", subjectId: entry.project_id, projectId: 0 },
    { kind: "user_project", subjectId: entry.user_id, projectId: entry.project_id },
  ];
}

const keyOf = ({ kind, subjectId, projectId }: Subject) => `${kind}:${subjectId}:${projectId}`;

async function addToBalances(client: PoolClient, entries: readonly Entry[]): Promise<void> {
  const bySubject = new Map<string, { subject: Subject; entries: LedgerEntry[] }>();
  for (const entry of entries) {
    const line = {
      id: BigInt(entry.result_id),
      amountMicro: BigInt(entry.amount_micro),
      grantedSeconds: entry.granted_seconds,
    };
    for (const subject of subjectsOf(entry)) {
      const known = bySubject.get(keyOf(subject));
      if (known === undefined) bySubject.set(keyOf(subject), { subject, entries: [line] });
      else known.entries.push(line);
    }
  }
  const subjects = [...bySubject.values()];
  const balances = await loadBalances(
    client,
    subjects.map(({ subject }) => subject),
  );
  await storeBalances(
    client,
    subjects.map(({ subject, entries: own }) => {
      const before = balances.get(keyOf(subject));
      if (before === undefined) throw new Error(`credit was granted to ${keyOf(subject)}, which does not exist`);
      return { subject, balance: folded(before, own) };
    }),
  );
}

type BalanceRow = {
  kind: Subject["kind"];
  subject_id: number;
  project_id: number;
  created_seconds: number;
  total_micro: string | null;
  n_results: string | null;
  recent_average: number | null;
  recent_average_seconds: number | null;
};

/** Balances as they are; a subject without one starts empty at its own creation (S71). */
async function loadBalances(client: PoolClient, subjects: readonly Subject[]): Promise<Map<string, Balance>> {
  const { rows } = await client.query<BalanceRow>(
    `select c.kind, c.subject_id, c.project_id, coalesce(u.created_seconds, h.created_seconds, p.created_seconds) as created_seconds,
            b.total_micro::text, b.n_results::text, b.recent_average, b.recent_average_seconds
       from unnest($1::text[], $2::bigint[], $3::bigint[]) as c (kind, subject_id, project_id)
       left join credit_balance b on b.kind = c.kind and b.subject_id = c.subject_id and b.project_id = c.project_id
       left join app_user u on c.kind in ('user', 'user_project') and u.id = c.subject_id
       left join host h on c.kind = 'host' and h.id = c.subject_id
       left join project p on c.kind = 'project' and p.id = c.subject_id`,
    columnsOf(subjects),
  );
  return new Map(
    rows.map((row): [string, Balance] => {
      const key = keyOf({ kind: row.kind, subjectId: row.subject_id, projectId: row.project_id });
      if (row.recent_average_seconds === null) return [key, emptyBalance(row.created_seconds)];
      const recent = { perDay: row.recent_average ?? 0, seconds: row.recent_average_seconds };
      return [key, { totalMicro: BigInt(row.total_micro ?? 0), nResults: BigInt(row.n_results ?? 0), recent }];
    }),
  );
}

async function storeBalances(
  client: PoolClient,
  rows: readonly { subject: Subject; balance: Balance }[],
): Promise<void> {
  await client.query(
    `insert into credit_balance (kind, subject_id, project_id, total_micro, n_results, recent_average, recent_average_seconds)
     select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::float8[], $7::bigint[])
     on conflict (kind, subject_id, project_id) do update
       set total_micro = excluded.total_micro, n_results = excluded.n_results, recent_average = excluded.recent_average,
           recent_average_seconds = excluded.recent_average_seconds`,
    [
      ...columnsOf(rows.map(({ subject }) => subject)),
      rows.map(({ balance }) => balance.totalMicro.toString()),
      rows.map(({ balance }) => balance.nResults.toString()),
      rows.map(({ balance }) => balance.recent.perDay),
      rows.map(({ balance }) => balance.recent.seconds),
    ],
  );
}

function columnsOf(subjects: readonly Subject[]): [string[], number[], number[]] {
  return [
    subjects.map((subject) => subject.kind),
    subjects.map((subject) => subject.subjectId),
    subjects.map((subject) => subject.projectId),
  ];
}

type Hour = { userId: number; projectId: number; hourSeconds: number; amountMicro: number; nResults: number };

async function addToHours(client: PoolClient, entries: readonly Entry[]): Promise<void> {
  const hours = new Map<string, Hour>();
  for (const { user_id: userId, project_id: projectId, amount_micro, granted_seconds } of entries) {
    const hourSeconds = granted_seconds - (granted_seconds % 3_600);
    const key = `${userId}:${projectId}:${hourSeconds}`;
    const hour = hours.get(key) ?? { userId, projectId, hourSeconds, amountMicro: 0, nResults: 0 };
    hour.amountMicro += amount_micro;
    hour.nResults += amount_micro < 0 ? -1 : 1;
    hours.set(key, hour);
  }
  const rows = [...hours.values()];
  await client.query(
    `insert into credit_hour as h (user_id, project_id, hour_seconds, amount_micro, n_results)
     select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[])
     on conflict (user_id, project_id, hour_seconds) do update
       set amount_micro = h.amount_micro + excluded.amount_micro, n_results = h.n_results + excluded.n_results`,
    [
      rows.map((row) => row.userId),
      rows.map((row) => row.projectId),
      rows.map((row) => row.hourSeconds),
      rows.map((row) => row.amountMicro),
      rows.map((row) => row.nResults),
    ],
  );
}
