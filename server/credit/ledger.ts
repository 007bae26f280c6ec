import { type Balance, folded } from "../core/credit/fold.ts";
import type { PoolClient } from "../database/pool.ts";

/** The ledger as SQL reads it, and what it adds up to. Folding and checking share this and nothing else. */

/** One process folds, checks or repairs at a time; teams change their members under it too. */
export const FOLD_LOCK = 7_110_002;

export type Entry = {
  result_id: number;
  kind: "grant" | "recall";
  /** Whose the entry is. */
  user_id: number;
  /** Whose balance it counts in: the same, or the identity that the user was joined to. */
  balance_user_id: number;
  host_id: number;
  project_id: number;
  /** The team that its user was in when it was granted. A recall takes it back from the same team. */
  team_id: number | null;
  amount_micro: number;
  granted_seconds: number;
};

/** Entries `e`; what comes after it may add conditions and an order. Times of teams are those of the grant. */
export const SELECT_ENTRIES = `
  select e.result_id, e.kind, e.user_id, coalesce(latest.survivor_id, e.user_id) as balance_user_id, e.host_id, e.project_id,
         m.team_id, e.amount_micro, e.granted_seconds
    from credit_entry e
    left join lateral (select g.granted_seconds from credit_entry g
      where e.kind = 'recall' and g.result_id = e.result_id and g.kind = 'grant') grant_entry on true
    left join lateral (select a.survivor_id from credit_alias a where a.user_id = e.user_id
      order by a.since_seconds desc limit 1) latest on true
    left join lateral (select a.survivor_id from credit_alias a where a.user_id = e.user_id
      and a.since_seconds <= coalesce(grant_entry.granted_seconds, e.granted_seconds) order by a.since_seconds desc limit 1) then_alias on true
    left join team_membership m on m.user_id = coalesce(then_alias.survivor_id, e.user_id)
      and m.joined_seconds <= coalesce(grant_entry.granted_seconds, e.granted_seconds)
      and (m.left_seconds is null or m.left_seconds > coalesce(grant_entry.granted_seconds, e.granted_seconds))`;

/**
 * The order of the ledger. Rounds of folding cut it between transactions, so the transaction comes first: however it was cut,
 * recent averages come out the same to the last bit.
 */
export const LEDGER_ORDER = "e.written_xact, e.granted_seconds, e.result_id, e.kind";

/** Entries that the balances contain are those of transactions below this mark. */
export async function readMark(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ mark: number }>(
    "select value::bigint as mark from setting where key = 'credit_folded_below'",
  );
  return rows[0]?.mark ?? 0;
}

export type SubjectKind = "user" | "host" | "team" | "project" | "user_project" | "host_project" | "team_project";
export type Subject = { kind: SubjectKind; subjectId: number; projectId: number };

/** The table that says since when there is a subject. */
export const SUBJECT_TABLES: Record<SubjectKind, "app_user" | "host" | "team" | "project"> = {
  user: "app_user",
  user_project: "app_user",
  host: "host",
  host_project: "host",
  team: "team",
  team_project: "team",
  project: "project",
};

export function subjectsOf(entry: Entry): Subject[] {
  const both = (kind: "user" | "host" | "team", subjectId: number): Subject[] => [
    { kind, subjectId, projectId: 0 },
    { kind: `${kind}_project`, subjectId, projectId: entry.project_id },
  ];
  return [
    ...both("user", entry.balance_user_id),
    ...both("host", entry.host_id),
    ...(entry.team_id === null ? [] : both("team", entry.team_id)),
    { kind: "project", subjectId: entry.project_id, projectId: 0 },
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

/** Takes entries, in the order of the ledger, into the balances of their subjects (or of some of those). */
export function addToBalances(balances: Balances, entries: readonly Entry[], subjects = subjectsOf): void {
  for (const entry of entries) {
    const line = {
      id: BigInt(entry.result_id),
      amountMicro: BigInt(entry.amount_micro),
      grantedSeconds: entry.granted_seconds,
      isReversal: entry.kind === "recall",
    };
    for (const subject of subjects(entry)) {
      const known = balances.get(keyOf(subject));
      if (known === undefined) throw new Error(`credit was granted to ${keyOf(subject)}, which does not exist`);
      known.balance = folded(known.balance, [line]);
    }
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
