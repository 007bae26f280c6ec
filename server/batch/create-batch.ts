import { createHash } from "node:crypto";
import type { AppVersion } from "../app-version/app-versions.ts";
import { INLINE_INPUT_MAX_BYTES } from "../core/limits.ts";
import { type BatchOptions, batchOptionsSchema, type WorkunitDraft } from "../core/submission/draft.ts";
import type { PoolClient } from "../database/pool.ts";
import { isUnstorableText, UNSTORABLE_TEXT } from "../database/unstorable-text.ts";
import type { Deps } from "../deps.ts";
import { keepFiles } from "../file/keep-files.ts";
import { storeBytes } from "../file/store-file.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import type { BatchState } from "./draft-batch.ts";
import { filesOf, holdVersion, insertInto } from "./insert-workunits.ts";
import { planWorkunits } from "./plan-workunits.ts";
import { inputOf, loadPart } from "./store-part.ts";
import type { StoredWorkunit } from "./submit-batch.ts";

/** First half of an advisory lock: batches that are being created, by id. */
const CREATE_LOCK = 7_110_007;

type Creating = { id: number; appVersionId: number; options: BatchOptions };

/**
 * Makes the workunits of a batch whose parts are all here: in one transaction, so that all are there or none, and part by
 * part, so that no more than one is in memory. One process does it; who comes meanwhile finds it being done.
 * @throws {Refusal} what could only be seen now (a file that is gone, no room); the batch is a draft again. Whatever else is
 * thrown leaves it to be tried again.
 */
export async function createBatch(deps: Deps, batchId: number, nowSeconds: number): Promise<void> {
  const batch = await findCreating(deps.pool, batchId);
  if (batch === null) return;
  const version = await deps.versions.get(batch.appVersionId);
  try {
    await storeLargeInputs(deps, batchId, nowSeconds);
    await inTransaction(deps, "create-batch", async (client) => {
      if (!(await lockCreation(client, batchId)) || (await findCreating(client, batchId)) === null) return;
      await create(deps, client, { batch, version }, nowSeconds);
    });
  } catch (error) {
    const refusal = isUnstorableText(error) ? new Refusal("bad_request", UNSTORABLE_TEXT) : error;
    if (!(refusal instanceof Refusal)) throw error;
    await deps.pool.query(
      "update batch_control set state = 'draft', created = 0, attempts = 0 where batch_id = $1 and state = 'creating'",
      [batchId],
    );
    throw refusal;
  }
}

/** Until the transaction ends nobody else makes the workunits of this batch. False: somebody is making them now. */
export async function lockCreation(client: PoolClient, batchId: number): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1, $2::int) as mine", [
    CREATE_LOCK,
    batchId % 2_147_483_648,
  ]);
  return rows[0]?.mine === true;
}

async function findCreating(pool: Pick<PoolClient, "query">, batchId: number): Promise<Creating | null> {
  const { rows } = await pool.query<{ id: number; app_version_id: number; options: unknown }>(
    `select b.id, b.app_version_id, c.options from batch_control c join batch b on b.id = c.batch_id
      where c.batch_id = $1 and c.state = 'creating'`,
    [batchId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return { id: row.id, appVersionId: row.app_version_id, options: batchOptionsSchema.parse(row.options) };
}

/** Inputs too large for a row become files before the transaction: it must not wait for storage. */
async function storeLargeInputs(deps: Deps, batchId: number, nowSeconds: number): Promise<void> {
  for (let number = 0; ; number += 1) {
    const drafts = await loadPart(deps.pool, batchId, number);
    if (drafts === null) return;
    for (const draft of drafts) {
      const input = inputOf(draft);
      if (input !== null && input.byteLength > INLINE_INPUT_MAX_BYTES) await storeBytes(deps, input, nowSeconds);
    }
  }
}

async function create(
  deps: Deps,
  client: PoolClient,
  { batch, version }: { batch: Creating; version: AppVersion },
  nowSeconds: number,
): Promise<void> {
  await holdVersion(client, batch.appVersionId);
  let [created, inlineBytes] = [0, 0];
  for (let number = 0; ; number += 1) {
    const drafts = await loadPart(client, batch.id, number);
    if (drafts === null) break;
    const workunits = storedOf(deps, { version, options: batch.options, drafts, first: created });
    const use = { kind: "batch" as const, subjectId: batch.id };
    await keepFiles(client, { projectId: version.project.id, use, hashes: filesOf(workunits) }, nowSeconds);
    await insertInto(client, { batchId: batch.id, appVersionId: batch.appVersionId, workunits }, nowSeconds);
    created += workunits.length;
    inlineBytes += workunits.reduce((sum, { inline }) => sum + (inline?.byteLength ?? 0), 0);
    // On another connection, so that it is seen while this transaction still runs; nobody waits for it, since a transaction
    // that waited for a second connection would wait for all the others that do the same.
    deps.pool
      .query("update batch_control set created = $2 where batch_id = $1 and state = 'creating' and created < $2", [
        batch.id,
        created,
      ])
      .catch((error: unknown) => deps.log.debug({ err: error }, "progress was not written"));
  }
  // Last, since it locks the project's row: other submissions wait for it no longer than they must.
  await keepFiles(client, { projectId: version.project.id, use: null, hashes: [], inlineBytes }, nowSeconds);
  await client.query("update batch set n_workunits = $2, inline_bytes = $3 where id = $1", [
    batch.id,
    created,
    inlineBytes,
  ]);
  await client.query(
    "update batch_control set state = 'open', created = $2, attempts = 0, next_seconds = 0 where batch_id = $1",
    [batch.id, created],
  );
  await client.query("delete from batch_part where batch_id = $1", [batch.id]);
}

type Drafts = { version: AppVersion; options: BatchOptions; drafts: readonly WorkunitDraft[]; first: number };

function storedOf(deps: Deps, { version, options, drafts, first }: Drafts): StoredWorkunit[] {
  const inputs = drafts.map(inputOf);
  const planned = planWorkunits(deps, {
    version,
    acceptAbsurd: false,
    workunits: drafts.map((draft, index) => ({
      name: draft.name ?? String(first + index + 1),
      input: inputs[index] ?? new Uint8Array(),
      files: { ...options.files, ...draft.files },
      tags: { ...options.tags, ...draft.tags },
      flops: draft.flops ?? options.flops ?? 0,
      memoryBytes: draft.memoryBytes ?? options.memoryBytes,
      priority: draft.priority ?? options.priority,
      parameters: options.parameters,
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    })),
  });
  return planned.map((workunit, index) => {
    const input = inputs[index];
    // A file of its own was named: its bytes are there already.
    if (input === null || input === undefined) {
      return { ...workunit, inputSha256: drafts[index]?.inputSha256 ?? "", inline: null };
    }
    const inputSha256 = createHash("sha256").update(input).digest("hex");
    return { ...workunit, inputSha256, inline: input.byteLength <= INLINE_INPUT_MAX_BYTES ? input : null };
  });
}

/** How far the making of a batch is. */
export async function isCreated(
  { pool }: Pick<Deps, "pool">,
  batchId: number,
): Promise<{ state: BatchState; workunits: number }> {
  const { rows } = await pool.query<{ state: BatchState; workunits: number }>(
    `select coalesce(c.state, 'open') as state, case when c.state = 'creating' then c.created else b.n_workunits end as workunits
       from batch b left join batch_control c on c.batch_id = b.id where b.id = $1`,
    [batchId],
  );
  return rows[0] ?? { state: "draft", workunits: 0 };
}
