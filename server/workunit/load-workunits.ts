import type { AppVersion } from "../app-version/app-versions.ts";
import { NO_VERDICTS, pairKey } from "../core/replication/agreement.ts";
import type { Result, ResultId, Verdicts, Verification, Workunit } from "../core/replication/types.ts";
import { type Policy, policySchema } from "../core/wire/app-settings.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { together } from "../sql/transaction.ts";
import type { LoadedWorkunit } from "./loaded-workunit.ts";
import {
  parseResult,
  parseWorkunit,
  RESULT_COLUMNS,
  type ResultRow,
  WORKUNIT_COLUMNS,
  type WorkunitRow,
} from "./rows.ts";

const LOCK_WORKUNITS = {
  name: "lock-workunits",
  // Always in ascending id: two transactions that want the same workunits wait for each other instead of deadlocking.
  text: `select ${WORKUNIT_COLUMNS} from workunit w where w.id = any($1::bigint[]) order by w.id for update`,
};

const LOAD_RESULTS = {
  name: "load-results",
  text: `select ${RESULT_COLUMNS} from result r where r.workunit_id = any($1::bigint[]) order by r.workunit_id, r.number`,
};

/**
 * Locks the workunits and loads all there is to decide by, in ascending id. Ids that do not exist are left out. The results
 * are read by a statement of its own, which begins, and looks, when the locks are held.
 */
export async function lockWorkunits(deps: Deps, client: PoolClient, ids: readonly number[]): Promise<LoadedWorkunit[]> {
  if (ids.length === 0) return [];
  const [workunits, results] = await together([
    client.query<WorkunitRow>({ ...LOCK_WORKUNITS, values: [ids] }),
    client.query<ResultRow>({ ...LOAD_RESULTS, values: [ids] }),
  ]);
  return await loadedOf(deps, client, { workunits: workunits.rows, rows: results.rows });
}

/** The same for workunits whose rows the caller has locked. */
export async function loadAround(
  deps: Deps,
  client: PoolClient,
  workunits: readonly WorkunitRow[],
): Promise<LoadedWorkunit[]> {
  const { rows } = await client.query<ResultRow>({ ...LOAD_RESULTS, values: [workunits.map((row) => row.id)] });
  return await loadedOf(deps, client, { workunits, rows });
}

async function loadedOf(
  deps: Deps,
  client: PoolClient,
  { workunits, rows }: { workunits: readonly WorkunitRow[]; rows: readonly ResultRow[] },
): Promise<LoadedWorkunit[]> {
  const results = groupBy(rows, (row) => row.workunit_id);
  const loaded: LoadedWorkunit[] = [];
  const needVerdicts: LoadedWorkunit[] = [];
  for (const row of workunits) {
    const version = await deps.versions.get(row.app_version_id, client);
    const workunit: Workunit = parseWorkunit(row, parsePolicy(row.policy), comparisonOf(version));
    const own: Result[] = (results.get(row.id) ?? []).map(parseResult);
    const state = { workunit, results: own, verdicts: NO_VERDICTS };
    const entry: LoadedWorkunit = {
      id: row.id,
      batchId: row.batch_id,
      queueRank: -row.priority,
      exclusionKey: row.exclusion_key,
      version,
      before: state,
      state,
      actions: [],
      details: new Map(),
    };
    loaded.push(entry);
    if (usesVerdicts(workunit)) needVerdicts.push(entry);
  }
  return needVerdicts.length === 0 ? loaded : withVerdicts(client, loaded, needVerdicts);
}

const MOST_POLICIES = 1_000;
const policies = new Map<string, Policy>();

/** Almost all workunits of an app have the same policy: its text is parsed and checked once. */
function parsePolicy(text: string): Policy {
  const known = policies.get(text);
  if (known !== undefined) return known;
  if (policies.size >= MOST_POLICIES) policies.clear();
  const policy = policySchema.parse(JSON.parse(text));
  policies.set(text, policy);
  return policy;
}

export function comparisonOf(version: Pick<AppVersion, "manifest">): Workunit["comparison"] {
  return version.manifest.comparator.type === "exact" ? "digest" : "verdicts";
}

function usesVerdicts(workunit: Workunit): boolean {
  return workunit.comparison === "verdicts" || workunit.policy.type === "verified" || workunit.policy.type === "hybrid";
}

type ComparisonRow = { workunit_id: number; result_a: number; result_b: number; agree: boolean | null };
type VerificationRow = {
  workunit_id: number;
  result_id: number;
  verdict: Verification["verdict"] | null;
  reason: string | null;
};

const LOAD_COMPARISONS = {
  name: "load-comparisons",
  text: "select workunit_id, result_a, result_b, agree from comparison where workunit_id = any($1::bigint[])",
};

const LOAD_VERIFICATIONS = {
  name: "load-verifications",
  text: "select workunit_id, result_id, verdict, reason from verification where workunit_id = any($1::bigint[])",
};

async function withVerdicts(
  client: PoolClient,
  loaded: readonly LoadedWorkunit[],
  wanted: readonly LoadedWorkunit[],
): Promise<LoadedWorkunit[]> {
  const ids = wanted.map((entry) => entry.id);
  const [comparisons, verifications] = await together([
    client.query<ComparisonRow>({ ...LOAD_COMPARISONS, values: [ids] }),
    client.query<VerificationRow>({ ...LOAD_VERIFICATIONS, values: [ids] }),
  ]);
  const compared = groupBy(comparisons.rows, (row) => row.workunit_id);
  const verified = groupBy(verifications.rows, (row) => row.workunit_id);
  return loaded.map((entry) => {
    const verdicts = parseVerdicts(entry.before.results, compared.get(entry.id) ?? [], verified.get(entry.id) ?? []);
    const state = { ...entry.before, verdicts };
    return { ...entry, before: state, state };
  });
}

function parseVerdicts(results: readonly Result[], compared: ComparisonRow[], verified: VerificationRow[]): Verdicts {
  const number = new Map(results.map((result) => [result.id, result.number]));
  const numbered = (id: number) => ({ id: String(id), number: number.get(String(id)) ?? -1 });
  const agree = new Map(
    compared.map((row): [string, boolean | null] => [
      pairKey(numbered(row.result_a), numbered(row.result_b)),
      row.agree,
    ]),
  );
  const verifications = new Map(
    verified.map((row): [ResultId, Verification | null] => [
      String(row.result_id),
      row.verdict === null ? null : { verdict: row.verdict, reason: row.reason ?? "" },
    ]),
  );
  return { agree, verified: verifications };
}

function groupBy<T>(rows: readonly T[], key: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
