import type { Policy } from "../core/wire/app-settings.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { keepFiles } from "../file/keep-files.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { FAILED } from "./get-batch.ts";
import { filesOf, holdVersion, insertInto } from "./insert-workunits.ts";
import { planWorkunits } from "./plan-workunits.ts";
import type { StoredWorkunit } from "./submit-batch.ts";

export type Retried = { batchId: number; workunits: number };

/** Workunits read and written at once. */
const CHUNK = 500;

/**
 * A new batch with a new workunit for each one of the batch that failed and was not tried again yet: the same input, files,
 * parameters and policy, linked to the old one. Nothing happens to the old ones: an end is for ever.
 * @throws {Refusal} `conflict` when none is left to try again.
 */
export async function retryFailed(
  deps: Deps,
  { batchId, createdBy }: { batchId: number; createdBy: number | null },
  nowSeconds: number,
): Promise<Retried> {
  return await inTransaction(deps, "retry-batch", async (client) => {
    const { rows } = await client.query<{ app_version_id: number; name: string; n: number }>(
      `select b.app_version_id, b.name, (select count(*)::int from batch_control r where r.retry_of = b.id) as n
         from batch b where b.id = $1 for no key update`,
      [batchId],
    );
    const old = rows[0];
    if (old === undefined) throw new Refusal("not_found", "There is no such batch.");
    await holdVersion(client, old.app_version_id);
    const version = await deps.versions.get(old.app_version_id, client);
    const made = await client.query<{ id: number }>(
      `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits) values ($1, $2, $3, '', $4, 0) returning id`,
      [old.app_version_id, `${old.name} (again)`.slice(0, 200), `retry:${batchId}:${old.n + 1}`, nowSeconds],
    );
    const newId = made.rows[0]?.id ?? 0;
    await client.query(
      `insert into batch_control (batch_id, created_by, state, options, on_bad, retry_of) values ($1, $2, 'open', '{}', 'refuse', $3)`,
      [newId, createdBy, batchId],
    );
    let [workunits, inlineBytes, afterId] = [0, 0, 0];
    for (;;) {
      const failed = await loadFailed(client, batchId, afterId);
      if (failed.length === 0) break;
      afterId = failed.at(-1)?.id ?? afterId;
      const stored = failed.map((row): StoredWorkunit => {
        const [planned] = planWorkunits(deps, { version, workunits: [asInput(row) as never], acceptAbsurd: true });
        if (planned === undefined) throw new Error("a plan is missing");
        return { ...planned, inputSha256: row.input_sha256, inline: row.input };
      });
      const use = { kind: "batch" as const, subjectId: newId };
      await keepFiles(client, { projectId: version.project.id, use, hashes: filesOf(stored) }, nowSeconds);
      const ids = await insertInto(
        client,
        { batchId: newId, appVersionId: old.app_version_id, workunits: stored },
        nowSeconds,
      );
      await client.query(
        "insert into workunit_retry (workunit_id, original_id) select * from unnest($1::bigint[], $2::bigint[])",
        [ids, failed.map((row) => row.id)],
      );
      workunits += ids.length;
      inlineBytes += stored.reduce((sum, { inline }) => sum + (inline?.byteLength ?? 0), 0);
    }
    if (workunits === 0) throw new Refusal("conflict", "No failed workunit of this batch is left to be tried again.");
    await keepFiles(client, { projectId: version.project.id, use: null, hashes: [], inlineBytes }, nowSeconds);
    await client.query("update batch set n_workunits = $2, inline_bytes = $3 where id = $1", [
      newId,
      workunits,
      inlineBytes,
    ]);
    return { batchId: newId, workunits };
  });
}

type Failed = {
  id: number;
  name: string;
  input: Buffer<ArrayBuffer> | null;
  input_sha256: string;
  files: Record<string, string>;
  tags: Record<string, string | number | boolean>;
  flops: number;
  memory_bytes: number;
  priority: number;
  policy: Policy;
  min_quorum: number;
  max_error_results: number;
  max_total_results: number;
  max_success_results: number;
  delay_bound_seconds: number;
  grace_seconds: number;
  lease_seconds: number;
  homogeneity_mode: "off" | "same" | "diverse";
  exclusion_key: number | null;
};

async function loadFailed(client: PoolClient, batchId: number, afterId: number): Promise<Failed[]> {
  const { rows } = await client.query<Failed>(
    `select w.id, w.name, w.input, w.input_sha256, w.files, w.tags, w.flops, w.memory_bytes, w.priority, w.policy, w.min_quorum, w.max_error_results,
            w.max_total_results, w.max_success_results, w.delay_bound_seconds, w.grace_seconds, w.lease_seconds, w.homogeneity_mode, w.exclusion_key
       from workunit w where w.batch_id = $1 and w.id > $2 and ${FAILED}
        and not exists (select from workunit_retry t where t.original_id = w.id) order by w.id limit ${CHUNK}`,
    [batchId, afterId],
  );
  return rows;
}

/** What the old one was created with. Its quorum may have been raised since: that is where the new one begins. */
function asInput(row: Failed) {
  return {
    name: row.name,
    input: new Uint8Array(),
    files: row.files,
    tags: row.tags,
    flops: row.flops,
    memoryBytes: row.memory_bytes,
    // What was paused is not held again.
    priority: Math.max(row.priority, -1_000_000),
    policy: row.policy,
    parameters: {
      minQuorum: row.min_quorum,
      maxErrorResults: row.max_error_results,
      maxTotalResults: row.max_total_results,
      maxSuccessResults: row.max_success_results,
      delayBoundSeconds: row.delay_bound_seconds,
      graceSeconds: row.grace_seconds,
      leaseSeconds: row.lease_seconds,
      homogeneity: row.homogeneity_mode,
      onePerUser: row.exclusion_key !== null,
    },
  };
}
