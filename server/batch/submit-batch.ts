import { createHash } from "node:crypto";
import * as z from "zod";
import type { AppVersion } from "../app-version/app-versions.ts";
import { INLINE_INPUT_MAX_BYTES } from "../core/limits.ts";
import { parametersInputSchema, prioritySchema, tagsSchema } from "../core/submission/draft.ts";
import { policySchema } from "../core/wire/app-settings.ts";
import { sha256Schema } from "../core/wire/exchange.ts";
import type { Deps } from "../deps.ts";
import { notStored, roomOf } from "../file/keep-files.ts";
import { storeBytes } from "../file/store-file.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { insertWorkunits } from "./insert-workunits.ts";
import { type PlannedWorkunit, planWorkunits } from "./plan-workunits.ts";

/** Workunits of one batch at most: one transaction of a second or two. More work is more batches. */
export const BATCH_MAX_WORKUNITS = 25_000;
/** Bytes of all inputs of one batch. */
export const BATCH_MAX_INPUT_BYTES = 256 * 1024 * 1024;

export const workunitInputSchema = z.strictObject({
  /** Unique within the project's own bookkeeping; shown on pages. */
  name: z.string().min(1).max(200),
  input: z.instanceof(Uint8Array),
  /** The manifest's files by name; each must be stored already. */
  files: z.record(z.string(), sha256Schema).default({}),
  tags: tagsSchema.default({}),
  /** Estimated floating point operations: what credit is computed from. */
  flops: z.number(),
  /** Memory that a device must have; 0: nothing stated. */
  memoryBytes: z.int().min(0).default(0),
  priority: prioritySchema.default(0),
  parameters: parametersInputSchema.default({}),
  policy: policySchema.optional(),
});
export type WorkunitInput = z.input<typeof workunitInputSchema>;

const batchSchema = z.strictObject({
  appVersionId: z.int().min(1),
  name: z.string().trim().min(1).max(200),
  /** The submitter's own: the same key with the same workunits is the same batch. */
  key: z.string().min(1).max(200),
  workunits: z.array(workunitInputSchema).min(1).max(BATCH_MAX_WORKUNITS),
  /** Take parameters that make no sense but can be carried out: for replays of the rules. */
  acceptAbsurd: z.boolean().default(false),
});
export type BatchInput = z.input<typeof batchSchema>;

export type SubmittedBatch = { batchId: number; workunitIds: number[]; isNew: boolean };

/**
 * Creates a batch of workunits with their first results: all of it or nothing, and once for each key.
 * @throws {Refusal} `bad_request` with what is wrong with which workunit, `conflict` when the key was used for something else.
 */
export async function submitBatch(deps: Deps, input: BatchInput, nowSeconds: number): Promise<SubmittedBatch> {
  const batch = parseOrRefuse(batchSchema, input, "The batch");
  const version = (await deps.versions.list()).get(batch.appVersionId);
  if (version === undefined) throw new Refusal("not_found", "There is no such app version.");
  const contentSha256 = digestOf(batch.workunits);
  const known = await findBatch(deps, batch, contentSha256);
  if (known !== null) return known;
  refuseUnlessPublished(version.state, version.version);

  const planned = planWorkunits(deps, { version, ...batch });
  await checkInputs(deps, version, planned);
  await roomOf(deps.pool, version.project.id, bytesOf(planned));
  const stored = await storeLargeInputs(deps, planned, nowSeconds);
  const { project } = version;
  const submitted = await inTransaction(deps, "submit", (client) =>
    insertWorkunits(client, { ...batch, projectId: project.id, contentSha256, workunits: stored }, nowSeconds),
  );
  // Somebody else submitted the same key at the same moment and was first.
  return submitted ?? (await findBatch(deps, batch, contentSha256)) ?? submitBatch(deps, input, nowSeconds);
}

/** @throws {Refusal} `conflict`: what is deprecated or withdrawn takes no new work. */
export function refuseUnlessPublished(state: string, version: string): void {
  if (state === "published") return;
  throw new Refusal("conflict", `Version ${version} of this app is ${state} and takes no new work; use a newer one.`);
}

/** What makes a batch the same batch. */
function digestOf(workunits: readonly z.output<typeof workunitInputSchema>[]): string {
  const hash = createHash("sha256");
  for (const { input, ...rest } of workunits) {
    hash.update(`${JSON.stringify(rest)}\n`);
    hash.update(`${input.byteLength}\n`).update(input);
  }
  return hash.digest("hex");
}

async function findBatch(
  deps: Deps,
  { appVersionId, key }: { appVersionId: number; key: string },
  contentSha256: string,
): Promise<SubmittedBatch | null> {
  const { rows } = await deps.pool.query<{ id: number; content_sha256: string }>(
    "select id, content_sha256 from batch where app_version_id = $1 and key = $2",
    [appVersionId, key],
  );
  const batch = rows[0];
  if (batch === undefined) return null;
  if (batch.content_sha256 !== contentSha256) {
    throw new Refusal("conflict", `The key ${key} was used for a batch with other workunits; use another key.`);
  }
  const workunits = await deps.pool.query<{ id: number }>("select id from workunit where batch_id = $1 order by id", [
    batch.id,
  ]);
  return { batchId: batch.id, workunitIds: workunits.rows.map((row) => row.id), isNew: false };
}

const bytesOf = (workunits: readonly PlannedWorkunit[]) =>
  workunits.reduce((sum, { input }) => sum + input.byteLength, 0);

async function checkInputs(
  deps: Deps,
  { manifest, project }: AppVersion,
  workunits: readonly PlannedWorkunit[],
): Promise<void> {
  const wanted = [...manifest.files].sort().join(", ");
  for (const { name, input, files } of workunits) {
    if (input.byteLength > manifest.limits.inputBytes) {
      const text = `Workunit ${name}: its input has ${input.byteLength} bytes, the app takes ${manifest.limits.inputBytes}.`;
      throw new Refusal("too_large", text);
    }
    const given = Object.keys(files).sort().join(", ");
    if (given !== wanted) {
      throw new Refusal("bad_request", `Workunit ${name} names the files (${given}), the app wants (${wanted}).`);
    }
  }
  const bytes = bytesOf(workunits);
  if (bytes > BATCH_MAX_INPUT_BYTES) {
    throw new Refusal("too_large", `The inputs have ${bytes} bytes together, a batch takes ${BATCH_MAX_INPUT_BYTES}.`);
  }
  const hashes = [...new Set(workunits.flatMap((workunit) => Object.values(workunit.files)))];
  if (hashes.length === 0) return;
  // A file of another project's members is as good as not there: who knows its hash must not get its bytes for that.
  const { rows } = await deps.pool.query<{ sha256: string }>(
    `select f.sha256 from file f where f.sha256 = any($1::text[]) and f.doomed_seconds is null
        and (not exists (select from project_file k where k.sha256 = f.sha256)
             or exists (select from project_file k join project p on p.id = k.project_id where k.sha256 = f.sha256
                  and (p.id = $2 or (p.is_public and p.state = 'published' and p.suspended_reason is null))))`,
    [hashes, project.id],
  );
  const known = new Set(rows.map((row) => row.sha256));
  const missing = hashes.find((hash) => !known.has(hash));
  if (missing !== undefined) throw notStored(missing);
}

export type StoredWorkunit = PlannedWorkunit & {
  inputSha256: string;
  inline: Uint8Array | null;
};

async function storeLargeInputs(
  deps: Deps,
  workunits: readonly PlannedWorkunit[],
  nowSeconds: number,
): Promise<StoredWorkunit[]> {
  const stored: StoredWorkunit[] = [];
  for (const workunit of workunits) {
    const { input } = workunit;
    if (input.byteLength <= INLINE_INPUT_MAX_BYTES) {
      const inputSha256 = createHash("sha256").update(input).digest("hex");
      stored.push({ ...workunit, inputSha256, inline: input });
    } else {
      const inputSha256 = await storeBytes(deps, input, nowSeconds);
      stored.push({ ...workunit, inputSha256, inline: null });
    }
  }
  return stored;
}
