import { NO_VERDICTS } from "../core/replication/agreement.ts";
import { decide } from "../core/replication/decide.ts";
import type { PoolClient } from "../database/pool.ts";
import { keepFiles } from "../file/keep-files.ts";
import { createResults, type NewResult } from "../sql/write-results.ts";
import { refuseUnlessPublished, type StoredWorkunit, type SubmittedBatch } from "./submit-batch.ts";

type NewBatch = {
  projectId: number;
  appVersionId: number;
  name: string;
  key: string;
  contentSha256: string;
  workunits: readonly StoredWorkunit[];
};

/** Rows per statement: larger ones gain nothing and hold more memory. */
const CHUNK = 2_000;

/** Inserts a batch with its workunits and their first results; null when the key exists already. */
export async function insertWorkunits(
  client: PoolClient,
  batch: NewBatch,
  nowSeconds: number,
): Promise<SubmittedBatch | null> {
  const { workunits } = batch;
  await holdVersion(client, batch.appVersionId);
  const inlineBytes = workunits.reduce((sum, { inline }) => sum + (inline?.byteLength ?? 0), 0);
  const inserted = await client.query<{ id: number }>(
    `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits, inline_bytes)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (app_version_id, key) do nothing returning id`,
    [batch.appVersionId, batch.name, batch.key, batch.contentSha256, nowSeconds, workunits.length, inlineBytes],
  );
  const batchId = inserted.rows[0]?.id;
  if (batchId === undefined) return null;
  await keepFiles(
    client,
    { projectId: batch.projectId, use: { kind: "batch", subjectId: batchId }, hashes: filesOf(workunits), inlineBytes },
    nowSeconds,
  );
  const workunitIds = await insertInto(client, { batchId, appVersionId: batch.appVersionId, workunits }, nowSeconds);
  return { batchId, workunitIds, isNew: true };
}

type Part = { batchId: number; appVersionId: number; workunits: readonly StoredWorkunit[] };

/** Workunits of a batch that is there, with their first results. @returns their ids in order. */
export async function insertInto(
  client: PoolClient,
  { batchId, appVersionId, workunits }: Part,
  nowSeconds: number,
): Promise<number[]> {
  const workunitIds: number[] = [];
  for (let start = 0; start < workunits.length; start += CHUNK) {
    const chunk = workunits.slice(start, start + CHUNK);
    const ids = await takeIds(client, chunk.length);
    const results = chunk.map((workunit, index) => firstResults(workunit, ids[index] ?? 0, appVersionId, nowSeconds));
    await insertChunk(client, { batchId, appVersionId, ids, chunk, results }, nowSeconds);
    await createResults(client, results.flat());
    workunitIds.push(...ids);
  }
  return workunitIds;
}

/** Held to the end: whoever withdraws the version waits, and then finds these workunits. */
export async function holdVersion(client: PoolClient, appVersionId: number): Promise<void> {
  const { rows } = await client.query<{ state: string; version: string }>(
    "select state, version from app_version where id = $1 for share",
    [appVersionId],
  );
  const [row] = rows;
  if (row !== undefined) refuseUnlessPublished(row.state, row.version);
}

/** Everything that the workunits name: their files, and their inputs where those are files. */
export function filesOf(workunits: readonly StoredWorkunit[]): Set<string> {
  const hashes = new Set<string>();
  for (const { files, inline, inputSha256 } of workunits) {
    for (const sha256 of Object.values(files)) hashes.add(sha256);
    if (inline === null) hashes.add(inputSha256);
  }
  return hashes;
}

async function takeIds(client: PoolClient, count: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    "select nextval('workunit_id_seq') as id from generate_series(1, $1)",
    [count],
  );
  return rows.map((row) => row.id);
}

/** The results a workunit begins with: what the core decides for one that has none. */
function firstResults(workunit: StoredWorkunit, id: number, appVersionId: number, nowSeconds: number): NewResult[] {
  const { parameters, policy, plan, flops, priority } = workunit;
  const { homogeneity, onePerUser, randomExtraResults: _drawn, ...numbers } = parameters;
  const actions = decide(
    {
      ...numbers,
      ...plan,
      id: String(id),
      state: "open",
      createdSeconds: nowSeconds,
      policy,
      comparison: "digest",
      homogeneity,
      homogeneityClass: null,
      onePerUser,
      assimilation: "init",
      flops,
      outputDeleted: false,
    },
    [],
    NO_VERDICTS,
    nowSeconds,
  );
  const count = actions.reduce((sum, action) => sum + (action.type === "create_results" ? action.count : 0), 0);
  return Array.from({ length: count }, (_, number) => ({
    workunitId: id,
    number,
    exclusionKey: onePerUser ? id : null,
    createdSeconds: nowSeconds,
    appVersionId,
    queueRank: -priority,
    urgent: false,
    outcome: null,
  }));
}

type Chunk = {
  batchId: number;
  appVersionId: number;
  ids: readonly number[];
  chunk: readonly StoredWorkunit[];
  results: readonly NewResult[][];
};

async function insertChunk(
  client: PoolClient,
  { batchId, appVersionId, ids, chunk, results }: Chunk,
  nowSeconds: number,
): Promise<void> {
  const column = <T>(value: (workunit: StoredWorkunit, index: number) => T) => chunk.map(value);
  await client.query(
    `insert into workunit (id, batch_id, app_version_id, name, input, input_sha256, files, tags, created_seconds, priority, flops,
         min_quorum, target_nresults, max_error_results, max_total_results, max_success_results, delay_bound_seconds,
         grace_seconds, lease_seconds, memory_bytes, policy, drawn, homogeneity_mode, exclusion_key, n_results)
     select id, $1, $2, name, input, input_sha256, files, tags, $3, priority, flops,
         min_quorum, target_nresults, max_error_results, max_total_results, max_success_results, delay_bound_seconds,
         grace_seconds, lease_seconds, memory_bytes, policy, drawn, homogeneity_mode, case when one_per_user then id end, n_results
       from unnest($4::bigint[], $5::text[], $6::bytea[], $7::text[], $8::jsonb[], $9::jsonb[], $10::int[], $11::float8[], $12::int[],
                   $13::int[], $14::int[], $15::int[], $16::int[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[],
                   $21::jsonb[], $22::jsonb[], $23::text[], $24::bool[], $25::int[])
         as c (id, name, input, input_sha256, files, tags, priority, flops, min_quorum, target_nresults, max_error_results,
               max_total_results, max_success_results, delay_bound_seconds, grace_seconds, lease_seconds, memory_bytes,
               policy, drawn, homogeneity_mode, one_per_user, n_results)`,
    [
      batchId,
      appVersionId,
      nowSeconds,
      ids,
      column((workunit) => workunit.name),
      column((workunit) => (workunit.inline === null ? null : Buffer.from(workunit.inline))),
      column((workunit) => workunit.inputSha256),
      column((workunit) => JSON.stringify(workunit.files)),
      column((workunit) => JSON.stringify(workunit.tags)),
      column((workunit) => workunit.priority),
      column((workunit) => workunit.flops),
      column((workunit) => workunit.plan.minQuorum),
      column((workunit) => workunit.plan.targetNResults),
      column((workunit) => workunit.parameters.maxErrorResults),
      column((workunit) => workunit.parameters.maxTotalResults),
      column((workunit) => workunit.parameters.maxSuccessResults),
      column((workunit) => workunit.parameters.delayBoundSeconds),
      column((workunit) => workunit.parameters.graceSeconds),
      column((workunit) => workunit.parameters.leaseSeconds),
      column((workunit) => workunit.memoryBytes),
      column((workunit) => JSON.stringify(workunit.policy)),
      column((workunit) => JSON.stringify(workunit.plan.drawn)),
      column((workunit) => workunit.parameters.homogeneity),
      column((workunit) => workunit.parameters.onePerUser),
      column((_, index) => results[index]?.length ?? 0),
    ],
  );
}
