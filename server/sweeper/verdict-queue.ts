import type { Verification } from "../core/replication/types.ts";
import { type Reason, storedReason } from "../core/wire/reason.ts";
import type { Pool } from "../database/pool.ts";

/** A process that takes a verdict up and dies leaves it to others after this; longer than a round of verdicts (run-verdicts.ts). */
const TAKEN_SECONDS = 120;
/** Among this many that have waited longest a round chooses, so that its cost does not grow with what waits. */
const LOOKED_AT = 4_000;
/** Of one app version at once: as many quick ones as keep a second busy. */
const OF_ONE_VERSION = 256;
const AT_ONCE = 768;

/** The two tables of verdicts, and how their rows are named. */
const TABLES = {
  comparison: { key: ["result_a", "result_b"], verdict: "agree" },
  verification: { key: ["result_id"], verdict: "verdict" },
} as const;
const KINDS = ["comparison", "verification"] as const;

/** A verdict asked for, which this process is to give. */
export type Wanted = {
  kind: keyof typeof TABLES;
  /** The results it is about: two for a comparison, one for a verification. */
  key: readonly number[];
  workunit_id: number;
  app_version_id: number;
  attempts: number;
  /** How often the process that was to answer was lost. */
  losses: number;
  /** Its place among those that wait, which it keeps when it is given back. */
  due_seconds: number;
};

/** In the order in which they have waited. Those of no app version keep those of another out. */
export async function takeVerdicts(pool: Pool, nowSeconds: number): Promise<Wanted[]> {
  const taken: Wanted[] = [];
  for (const kind of KINDS) {
    const { rows } = await pool.query<Omit<Wanted, "kind">>({ ...TAKE[kind], values: [nowSeconds] });
    taken.push(...rows.map((row) => ({ kind, ...row })));
  }
  return taken.sort((a, b) => a.due_seconds - b.due_seconds || (a.key[0] ?? 0) - (b.key[0] ?? 0));
}

/** What this process took up and did not come to. */
export async function giveBack(pool: Pool, rows: readonly Wanted[], nowSeconds: number): Promise<void> {
  for (const kind of KINDS) {
    const of = rows.filter((row) => row.kind === kind);
    if (of.length === 0) continue;
    const keys = TABLES[kind].key.map((_, index) => of.map((row) => row.key[index]));
    await pool.query({ ...GIVE_BACK[kind], values: [nowSeconds, of.map((row) => row.due_seconds), ...keys] });
  }
}

/** Those of the app version that would be looked at next wait behind all that came until now. */
export async function putBehind(pool: Pool, appVersionId: number, nowSeconds: number): Promise<void> {
  for (const kind of KINDS) await pool.query({ ...PUT_BEHIND[kind], values: [nowSeconds, appVersionId] });
}

/** The verdict, which stands for ever. */
export async function storeVerdict(
  pool: Pool,
  { kind, key }: Wanted,
  { said, reason, nowSeconds }: { said: boolean | Verification["verdict"]; reason: Reason; nowSeconds: number },
): Promise<void> {
  await pool.query({ ...STORE[kind], values: [said, storedReason(reason), nowSeconds, ...key] });
}

export async function askAgainAt(pool: Pool, { kind, key, losses }: Wanted, seconds: number): Promise<void> {
  await pool.query({ ...ASK_AGAIN[kind], values: [seconds, losses, ...key] });
}

type Statement = { name: string; text: string };

function forEachKind(write: (kind: Wanted["kind"]) => Statement): Record<Wanted["kind"], Statement> {
  return { comparison: write("comparison"), verification: write("verification") };
}

/** The rows that have waited longest, from the index of those that wait. */
function oldest(kind: Wanted["kind"]): string {
  const { key, verdict } = TABLES[kind];
  return `oldest as materialized
    (select ${key.join(", ")}, workunit_id, retry_seconds as due_seconds from ${kind}
      where ${verdict} is null and retry_seconds <= $1::bigint order by retry_seconds limit ${LOOKED_AT})`;
}

function keysAre(kind: Wanted["kind"], first: number): string {
  return TABLES[kind].key.map((column, index) => `${column} = $${first + index}`).join(" and ");
}

const TAKE = forEachKind((kind) => {
  const { key, verdict } = TABLES[kind];
  return {
    name: `take-${kind}s`,
    text: `with ${oldest(kind)},
      placed as (select o.*, w.app_version_id,
          row_number() over (partition by w.app_version_id order by o.due_seconds) as place
        from oldest o join workunit w on w.id = o.workunit_id),
      free as (select ${key.map((column) => `t.${column}`).join(", ")}, p.app_version_id, p.due_seconds
        from placed p join ${kind} t using (${key.join(", ")})
        where p.place <= ${OF_ONE_VERSION} and t.${verdict} is null and t.retry_seconds <= $1::bigint
        order by p.place, p.due_seconds limit ${AT_ONCE} for update of t skip locked)
      update ${kind} t set retry_seconds = $1::bigint + ${TAKEN_SECONDS}, attempts = t.attempts + 1
        from free f where ${key.map((column) => `t.${column} = f.${column}`).join(" and ")}
        returning array[${key.map((column) => `t.${column}`).join(", ")}] as key, t.workunit_id, f.app_version_id,
          t.attempts, t.losses, f.due_seconds`,
  };
});

const GIVE_BACK = forEachKind((kind) => {
  const { key, verdict } = TABLES[kind];
  const arrays = ["due_seconds", ...key].map((_, index) => `$${index + 2}::bigint[]`).join(", ");
  return {
    name: `give-back-${kind}s`,
    text: `update ${kind} t set retry_seconds = g.due_seconds, attempts = t.attempts - 1
        from unnest(${arrays}) as g (due_seconds, ${key.join(", ")})
        where ${key.map((column) => `t.${column} = g.${column}`).join(" and ")} and t.${verdict} is null
          and t.retry_seconds = $1::bigint + ${TAKEN_SECONDS}`,
  };
});

const PUT_BEHIND = forEachKind((kind) => {
  const { key, verdict } = TABLES[kind];
  return {
    name: `put-${kind}s-behind`,
    text: `with ${oldest(kind)},
      free as (select ${key.map((column) => `t.${column}`).join(", ")}
        from oldest o join workunit w on w.id = o.workunit_id join ${kind} t using (${key.join(", ")})
        where w.app_version_id = $2 and t.${verdict} is null and t.retry_seconds < $1::bigint for update of t skip locked)
      update ${kind} t set retry_seconds = $1::bigint
        from free f where ${key.map((column) => `t.${column} = f.${column}`).join(" and ")}`,
  };
});

const STORE = forEachKind((kind) => {
  const { verdict } = TABLES[kind];
  return {
    name: `store-${kind}`,
    text: `update ${kind} set ${verdict} = $1, reason = $2, decided_seconds = $3 where ${keysAre(kind, 4)} and ${verdict} is null`,
  };
});

const ASK_AGAIN = forEachKind((kind) => ({
  name: `ask-${kind}-again`,
  text: `update ${kind} set retry_seconds = $1, losses = $2 where ${keysAre(kind, 3)} and ${TABLES[kind].verdict} is null`,
}));
