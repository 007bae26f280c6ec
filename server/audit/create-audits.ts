import { MAX_TOTAL_RESULTS_LIMIT } from "../core/limits.ts";
import { replicationLevel } from "../core/replication/policies/policy.ts";
import { auditLevel } from "../core/trust/recheck.ts";
import { type Policy, policySchema } from "../core/wire/app-settings.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { comparisonOf, lockWorkunits } from "../workunit/load-workunits.ts";
import { settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";

/** Why a workunit is checked again: an operator wants it, or the host of this result was caught lying. */
export type AuditCause = { cause: "operator" } | { cause: "caught_lie"; resultId: number };
export type WantedAudit = AuditCause & { originalId: number };

/** Audits of one app version are one batch, which grows. */
export const AUDITS_KEY = "quorate:audits";
/** Rows per statement. */
const CHUNK = 500;
/** Replacements an audit may need beyond its quorum. */
const SPARE_RESULTS = 6;

type Original = {
  id: number;
  app_version_id: number;
  policy: unknown;
  min_quorum: number;
  max_error_results: number;
  max_total_results: number;
  max_success_results: number;
  output_deleted: boolean;
};

/**
 * Creates a workunit of its own with the same input, files and app version for each of the originals, replicated whatever
 * their policy. It shares their exclusion key: whoever had a result of the original gets none of the audit. Those that are
 * being audited already, have no result, or whose output is gone and would be needed, are passed over.
 * @returns original -> audit workunit, for those created now.
 */
export async function createAudits(
  deps: Deps,
  client: PoolClient,
  wanted: readonly WantedAudit[],
  nowSeconds: number,
): Promise<Map<number, number>> {
  const created = new Map<number, number>();
  const ordered = [...new Map(wanted.map((one) => [one.originalId, one])).values()].sort(
    (a, b) => a.originalId - b.originalId,
  );
  for (let start = 0; start < ordered.length; start += CHUNK) {
    const chunk = await createChunk(deps, client, ordered.slice(start, start + CHUNK), nowSeconds);
    for (const [originalId, auditId] of chunk) created.set(originalId, auditId);
  }
  return created;
}

async function createChunk(
  deps: Deps,
  client: PoolClient,
  wanted: readonly WantedAudit[],
  nowSeconds: number,
): Promise<Map<number, number>> {
  const originals = await lockOriginals(
    client,
    wanted.map((one) => one.originalId),
  );
  const usable: Original[] = [];
  for (const original of originals) {
    const byBytes = comparisonOf(await deps.versions.get(original.app_version_id)) === "verdicts";
    if (!(original.output_deleted && byBytes)) usable.push(original);
  }
  if (usable.length === 0) return new Map();
  const ids = await takeIds(client, usable.length);
  const auditOf = new Map(usable.map((original, index) => [original.id, ids[index] ?? 0]));
  const batches = await growBatches(client, usable, nowSeconds);
  await excludeUsers(client, [...auditOf.keys()]);
  await insertWorkunits(client, { usable, auditOf, batches }, nowSeconds);
  await insertAudits(
    client,
    wanted.filter((one) => auditOf.has(one.originalId)),
    auditOf,
    nowSeconds,
  );
  const workunits = await lockWorkunits(deps, client, [...auditOf.values()]);
  for (const workunit of workunits) settle(workunit, nowSeconds);
  await writeChanges(client, workunits, nowSeconds);
  return auditOf;
}

/** Under their locks, those that ended with a result, were not recalled, and are not being audited now. */
async function lockOriginals(client: PoolClient, ids: readonly number[]): Promise<Original[]> {
  await client.query("select from workunit where id = any($1::bigint[]) order by id for update", [ids]);
  const { rows } = await client.query<Original>(
    `select w.id, w.app_version_id, w.policy, w.min_quorum, w.max_error_results, w.max_total_results, w.max_success_results,
            w.output_deleted_seconds is not null as output_deleted
       from workunit w where w.id = any($1::bigint[]) and w.state = 'completed' and w.recalled_seconds is null
        and not exists (select from audit a where a.original_id = w.id and a.decided_seconds is null)
      order by w.id`,
    [ids],
  );
  return rows;
}

async function takeIds(client: PoolClient, count: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    "select nextval('workunit_id_seq') as id from generate_series(1, $1)",
    [count],
  );
  return rows.map((row) => row.id);
}

/** @returns app version -> batch */
async function growBatches(
  client: PoolClient,
  originals: readonly Original[],
  nowSeconds: number,
): Promise<Map<number, number>> {
  const { rows } = await client.query<{ id: number; app_version_id: number }>(
    `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits)
     select v, 'Audits', $2, encode(sha256(''), 'hex'), $3, count(*)
       from unnest($1::bigint[]) v group by v order by v
     on conflict (app_version_id, key) do update set n_workunits = batch.n_workunits + excluded.n_workunits
     returning id, app_version_id`,
    [originals.map((original) => original.app_version_id), AUDITS_KEY, nowSeconds],
  );
  return new Map(rows.map((row) => [row.app_version_id, row.id]));
}

/**
 * Where one user may have several results there is no exclusion key: one result of each user gets it now, so that the unique
 * index keeps them out of the audit.
 */
async function excludeUsers(client: PoolClient, ids: readonly number[]): Promise<void> {
  await client.query(
    `update result r set exclusion_key = r.workunit_id where r.exclusion_key is null and r.id in
       (select distinct on (o.workunit_id, o.user_id) o.id from result o join workunit w on w.id = o.workunit_id
         where w.id = any($1::bigint[]) and w.exclusion_key is null and o.user_id is not null
           and (o.outcome is null or o.outcome not in ('returned', 'unneeded'))
         order by o.workunit_id, o.user_id, o.id)`,
    [ids],
  );
}

/** How an audit is confirmed: by replicas alone. A verifier or a good record is what may have failed. */
function planOf(original: Original) {
  const policy = policySchema.parse(original.policy);
  const minQuorum = Math.max(auditLevel(replicationLevel(policy)), original.min_quorum);
  return {
    policy: policy.type === "consensus" ? policy : ({ type: "full" } satisfies Policy),
    minQuorum,
    maxTotal: Math.min(MAX_TOTAL_RESULTS_LIMIT, Math.max(original.max_total_results, minQuorum + SPARE_RESULTS)),
    maxSuccess:
      original.max_success_results === 0 ? 0 : Math.max(original.max_success_results, minQuorum + SPARE_RESULTS / 2),
    maxError: original.max_error_results,
  };
}

type NewAudits = {
  usable: readonly Original[];
  auditOf: ReadonlyMap<number, number>;
  batches: ReadonlyMap<number, number>;
};

async function insertWorkunits(
  client: PoolClient,
  { usable, auditOf, batches }: NewAudits,
  nowSeconds: number,
): Promise<void> {
  const plans = usable.map(planOf);
  await client.query(
    // Its name and tags are the original's: nobody can tell that it is an audit, and whoever reads outputs understands it.
    `insert into workunit (id, batch_id, app_version_id, name, input, input_sha256, files, tags, created_seconds, priority,
         flops, min_quorum, target_nresults, max_error_results, max_total_results, max_success_results, delay_bound_seconds,
         grace_seconds, lease_seconds, memory_bytes, policy, homogeneity_mode, homogeneity_class, exclusion_key, n_results)
     select c.id, c.batch_id, w.app_version_id, w.name, w.input, w.input_sha256, w.files, w.tags, $1, w.priority,
         w.flops, c.min_quorum, c.min_quorum, c.max_error, c.max_total, c.max_success, w.delay_bound_seconds,
         w.grace_seconds, w.lease_seconds, w.memory_bytes, c.policy, w.homogeneity_mode, w.homogeneity_class,
         coalesce(w.exclusion_key, w.id), 0
       from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::jsonb[])
         as c (id, original_id, batch_id, min_quorum, max_error, max_total, max_success, policy)
       join workunit w on w.id = c.original_id`,
    [
      nowSeconds,
      usable.map((original) => auditOf.get(original.id)),
      usable.map((original) => original.id),
      usable.map((original) => batches.get(original.app_version_id)),
      plans.map((plan) => plan.minQuorum),
      plans.map((plan) => plan.maxError),
      plans.map((plan) => plan.maxTotal),
      plans.map((plan) => plan.maxSuccess),
      plans.map((plan) => JSON.stringify(plan.policy)),
    ],
  );
}

async function insertAudits(
  client: PoolClient,
  wanted: readonly WantedAudit[],
  auditOf: ReadonlyMap<number, number>,
  nowSeconds: number,
): Promise<void> {
  await client.query(
    `insert into audit (workunit_id, original_id, cause, cause_result_id, created_seconds)
     select *, $5 from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])`,
    [
      wanted.map((one) => auditOf.get(one.originalId)),
      wanted.map((one) => one.originalId),
      wanted.map((one) => one.cause),
      wanted.map((one) => (one.cause === "caught_lie" ? one.resultId : null)),
      nowSeconds,
    ],
  );
}
