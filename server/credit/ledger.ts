import { type Balance, folded } from "../core/credit/fold.ts";
import type { PoolClient } from "../database/pool.ts";

/** The ledger as SQL reads it, and what it adds up to. Folding and checking share this and nothing else. */

/** One process folds, checks or repairs at a time. */
export const FOLD_LOCK = 7_110_002;

export type Entry = {
  result_id: number;
  kind: "grant" | "recall";
  user_id: number;
  host_id: number;
  project_id: number;
  amount_micro: number;
  granted_seconds: number;
};

export const ENTRY_COLUMNS = "result_id, kind, user_id, host_id, project_id, amount_micro, granted_seconds";

/**
 * The order of the ledger. Rounds of folding cut it between transactions, so the transaction comes first: however it was cut,
 * recent averages come out the same to the last bit.
 */
export const LEDGER_ORDER = "written_xact, granted_seconds, result_id, kind";

/** Entries that the balances contain are those of transactions below this mark. */
export async function readMark(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ mark: number }>(
    "select value::bigint as mark from setting where key = 'credit_folded_below'",
  );
  return rows[0]?.mark ?? 0;
}

export type Subject = { kind: "user" | "host" | "project" | "user_project"; subjectId: number; projectId: number };

export function subjectsOf(entry: Entry): Subject[] {
  return [
    { kind: "user", subjectId: entry.user_id, projectId: 0 },
    { kind: "host", subjectId: entry.host_id, projectId: 0 },
    { kind: "project", subjectId: entry.project_id, projectId: 0 },
    { kind: "user_project", subjectId: entry.user_id, projectId: entry.project_id },
  ];
}

export const keyOf = ({ kind, subjectId, projectId }: Subject) => `${kind}:${subjectId}:${projectId}`;

export function columnsOf(subjects: readonly Subject[]): [string[], number[], number[]] {
  return [
    subjects.map((subject) => subject.kind),
    subjects.map((subject) => subject.subjectId),
    subjects.map((subject) => subject.projectId),
  ];
}

/** Balances by `keyOf`; every subject of the entries is in it. */
export type Balances = Map<string, { subject: Subject; balance: Balance }>;

/** Takes entries, in the order of the ledger, into the balances of their subjects. */
export function addToBalances(balances: Balances, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const line = {
      id: BigInt(entry.result_id),
      amountMicro: BigInt(entry.amount_micro),
      grantedSeconds: entry.granted_seconds,
      isReversal: entry.kind === "recall",
    };
    for (const subject of subjectsOf(entry)) {
      const known = balances.get(keyOf(subject));
      if (known === undefined) throw new Error(`credit was granted to ${keyOf(subject)}, which does not exist`);
      known.balance = folded(known.balance, [line]);
    }
  }
}

export type Hour = { userId: number; projectId: number; hourSeconds: number; amountMicro: number; nResults: number };

export const hourKeyOf = ({ userId, projectId, hourSeconds }: Hour) => `${userId}:${projectId}:${hourSeconds}`;

/** Credit per hour, by `hourKeyOf`. */
export function addToHours(hours: Map<string, Hour>, entries: readonly Entry[]): void {
  for (const { user_id: userId, project_id: projectId, amount_micro, granted_seconds, kind } of entries) {
    const hourSeconds = granted_seconds - (granted_seconds % 3_600);
    const empty = { userId, projectId, hourSeconds, amountMicro: 0, nResults: 0 };
    const hour = hours.get(hourKeyOf(empty)) ?? empty;
    hour.amountMicro += amount_micro;
    hour.nResults += kind === "recall" ? -1 : 1;
    hours.set(hourKeyOf(hour), hour);
  }
}

/** Stores balances in place of what is there. */
export async function storeBalances(
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

/** Adds to the hours that are there. */
export async function addHours(client: PoolClient, rows: readonly Hour[]): Promise<void> {
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
