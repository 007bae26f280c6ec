import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { AppVersion } from "../app-version/app-versions.ts";
import { type BatchOptions, batchOptionsSchema } from "../core/submission/draft.ts";
import type { Deps } from "../deps.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { createBatch, isCreated, lockCreation } from "./create-batch.ts";
import { planWorkunits } from "./plan-workunits.ts";
import type { Fault } from "./store-part.ts";
import { refuseUnlessPublished } from "./submit-batch.ts";

/** What a submission begins with; its workunits follow in parts. */
export const openBatchSchema = z.strictObject({
  appVersionId: z.int().min(1),
  name: z.string().trim().min(1).max(200),
  /** The submitter's own: the same key is the same batch, however often it is sent. */
  key: z.string().min(1).max(200),
  options: batchOptionsSchema.prefault({}),
  /** When a line is bad: create nothing, or only the good ones. */
  onBad: z.enum(["refuse", "skip"]).default("refuse"),
  /** The batch stops itself when more than this share of what ended failed. */
  stopAbove: z.number().min(0).max(1).nullable().default(null),
  notifyMail: z.boolean().default(false),
});
export type OpenBatch = z.input<typeof openBatchSchema>;

export type BatchState = "draft" | "creating" | "open" | "paused" | "cancelled";
export type OpenedBatch = {
  batchId: number;
  state: BatchState;
  isNew: boolean;
  /** Numbers of the parts that are here: what is missing may still be sent. */
  parts: number[];
};

/** The version that a batch is for. @throws {Refusal} `not_found`, `conflict` when it takes no new work. */
export async function versionFor(deps: Pick<Deps, "versions">, appVersionId: number): Promise<AppVersion> {
  const version = await findVersion(deps, appVersionId);
  refuseUnlessPublished(version.state, version.version);
  return version;
}

/** The version, in whatever state: what that is, is told to nobody who may not know the project. @throws {Refusal} */
export async function findVersion(deps: Pick<Deps, "versions">, appVersionId: number): Promise<AppVersion> {
  // What another process published a moment ago is not on this one's list yet.
  const version =
    (await deps.versions.list()).get(appVersionId) ?? (await deps.versions.get(appVersionId).catch(() => null));
  if (version === null) throw new Refusal("not_found", "There is no such app version.");
  return version;
}

/**
 * Begins a submission, or finds the one that was begun under this key. What holds for all its workunits is checked here.
 * @param createdBy the caller, who must be a submitter of the project: that is the caller's to check.
 * @throws {Refusal}
 */
export async function openBatch(
  deps: Deps,
  { input, createdBy }: { input: OpenBatch; createdBy: number | null },
  nowSeconds: number,
): Promise<OpenedBatch> {
  const batch = parseOrRefuse(openBatchSchema, input, "The batch");
  const version = await versionFor(deps, batch.appVersionId);
  checkOptions(deps, version, batch.options);
  const options = JSON.stringify(batch.options);
  return await inTransaction(deps, "open-batch", async (client) => {
    const inserted = await client.query<{ id: number }>(
      `insert into batch (app_version_id, name, key, content_sha256, created_seconds, n_workunits) values ($1, $2, $3, '', $4, 0)
       on conflict (app_version_id, key) do nothing returning id`,
      [batch.appVersionId, batch.name, batch.key, nowSeconds],
    );
    const batchId = inserted.rows[0]?.id;
    if (batchId !== undefined) {
      await client.query(
        `insert into batch_control (batch_id, created_by, state, options, on_bad, stop_above, notify_mail)
         values ($1, $2, 'draft', $3, $4, $5, $6)`,
        [batchId, createdBy, options, batch.onBad, batch.stopAbove, batch.notifyMail],
      );
      return { batchId, state: "draft", isNew: true, parts: [] };
    }
    const { rows } = await client.query<{ id: number; state: BatchState; same: boolean; parts: number[] }>(
      `select b.id, coalesce(c.state, 'open') as state, coalesce(c.options = $3::jsonb and c.on_bad = $4 and b.name = $5, false) as same,
              array(select p.number from batch_part p where p.batch_id = b.id order by 1) as parts
         from batch b left join batch_control c on c.batch_id = b.id where b.app_version_id = $1 and b.key = $2`,
      [batch.appVersionId, batch.key, options, batch.onBad, batch.name],
    );
    const known = rows[0];
    if (known === undefined)
      throw new Refusal("conflict", "This batch was discarded at this very moment; send it again.");
    if (!known.same) {
      throw new Refusal(
        "conflict",
        `The key ${batch.key} was used for a batch with another name or other options; use another key.`,
      );
    }
    return { batchId: known.id, state: known.state, isNew: false, parts: known.parts };
  });
}

/** @throws {Refusal} with everything that is wrong with what all workunits would get. */
export function checkOptions(deps: Pick<Deps, "random">, version: AppVersion, options: BatchOptions): void {
  const { parameters, policy, flops = 1, memoryBytes, priority } = options;
  const example = {
    name: "every workunit",
    input: new Uint8Array(),
    files: {},
    tags: {},
    flops,
    memoryBytes,
    priority,
  };
  const workunit = { ...example, parameters, ...(policy === undefined ? {} : { policy }) };
  planWorkunits(deps, { version, workunits: [workunit as never], acceptAbsurd: false });
}

export type Finish = { batchId: number; parts: number };
export type Finished = { batchId: number; state: BatchState; workunits: number; faults: Fault[]; nFaults: number };

/** Faults that an answer lists; the others are counted. */
const FAULTS_TOLD = 100;

/**
 * Says that everything was sent: from here on the workunits are made, all of them or none. Saying it again is fine.
 * @throws {Refusal} `bad_request` when parts are missing, or lines are bad and nothing is to be created then.
 */
export async function finishBatch(deps: Deps, { batchId, parts }: Finish, nowSeconds: number): Promise<Finished> {
  const told = await inTransaction(deps, "finish-batch", async (client) => {
    const control = await client.query<{ state: BatchState; on_bad: "refuse" | "skip"; options: unknown }>(
      "select state, on_bad, options from batch_control where batch_id = $1 for update",
      [batchId],
    );
    const row = control.rows[0];
    // A batch without a control was submitted whole: it was finished from the beginning.
    if (row === undefined || row.state !== "draft") return { nFaults: 0, faults: [] };
    const { rows } = await client.query<{
      number: number;
      sha256: string;
      drafts: number;
      faults: Fault[];
      n_faults: number;
    }>(
      "select number, sha256, n_drafts as drafts, faults, n_faults from batch_part where batch_id = $1 order by number",
      [batchId],
    );
    const here = new Set(rows.map((part) => part.number));
    const missing = Array.from({ length: parts }, (_, number) => number).filter((number) => !here.has(number));
    if (missing.length > 0 || rows.length > parts) {
      const text =
        missing.length > 0 ? `parts ${missing.slice(0, 20).join(", ")} are missing` : `${rows.length} parts are here`;
      throw new Refusal("bad_request", `The batch has ${parts} parts, and ${text}.`);
    }
    const nFaults = rows.reduce((sum, part) => sum + part.n_faults, 0);
    const faults = rows.flatMap((part) => part.faults).slice(0, FAULTS_TOLD);
    const drafts = rows.reduce((sum, part) => sum + part.drafts, 0);
    if (nFaults > 0 && (row.on_bad === "refuse" || drafts === 0)) throw badLines(faults, nFaults);
    if (drafts === 0) throw new Refusal("bad_request", "The batch has no workunits.");
    const hash = createHash("sha256").update(JSON.stringify(row.options));
    for (const part of rows) hash.update(part.sha256);
    await client.query("update batch set content_sha256 = $2, created_seconds = $3 where id = $1", [
      batchId,
      hash.digest("hex"),
      nowSeconds,
    ]);
    await client.query("update batch_control set state = 'creating' where batch_id = $1", [batchId]);
    return { nFaults, faults };
  });
  return { batchId, ...(await created(deps, batchId, nowSeconds)), ...told };
}

/** How often it is looked whether another process has made what it is making. */
const LOOK_MS = 250;

/** Makes the workunits, or waits for who does: should that process die, this one goes on. */
async function created(deps: Deps, batchId: number, nowSeconds: number): ReturnType<typeof isCreated> {
  for (;;) {
    await createBatch(deps, batchId, nowSeconds);
    const now = await isCreated(deps, batchId);
    if (now.state !== "creating") return now;
    await delay(LOOK_MS);
  }
}

function badLines(faults: readonly Fault[], nFaults: number): Refusal {
  const listed = faults.slice(0, 10).map(({ line, message }) => `line ${line}: ${message}`);
  const more = nFaults > listed.length ? ` (and ${nFaults - listed.length} more)` : "";
  return new Refusal("bad_request", `Nothing was created. ${listed.join("; ")}${more}.`);
}

/** `numbers`: the parts that a refused call stored. `isNew`: it made the batch too. */
export type Withdrawn = { batchId: number; numbers: readonly number[]; isNew: boolean };

/**
 * Takes back what a refused call left, and no more: others may be sending under the same key. The batch goes with it when the call
 * made it and nothing of anybody else's is there.
 */
export async function withdrawParts(deps: Deps, { batchId, numbers, isNew }: Withdrawn): Promise<void> {
  await inTransaction(deps, "withdraw-parts", async (client) => {
    const { rows } = await client.query<{ state: BatchState }>(
      "select state from batch_control where batch_id = $1 for update",
      [batchId],
    );
    // The same was sent by somebody else too, who was sooner.
    if (rows[0]?.state !== "draft") return;
    await client.query("delete from batch_part where batch_id = $1 and number = any($2::int[])", [batchId, numbers]);
    if (!isNew) return;
    const gone = await client.query(
      "delete from batch_control where batch_id = $1 and not exists (select from batch_part where batch_id = $1)",
      [batchId],
    );
    if (gone.rowCount === 1) await client.query("delete from batch where id = $1 and n_workunits = 0", [batchId]);
  });
}

/**
 * Throws a submission away that was not finished, or whose workunits could not be made up to now.
 * @throws {Refusal} `conflict` when it was.
 */
export async function discardBatch(deps: Deps, batchId: number): Promise<void> {
  await inTransaction(deps, "discard-batch", async (client) => {
    const { rows } = await client.query<{ state: BatchState; attempts: number }>(
      "select state, attempts from batch_control where batch_id = $1 for update",
      [batchId],
    );
    const [known] = rows;
    if (known === undefined) return;
    const isStuck = known.state === "creating" && known.attempts > 0 && (await lockCreation(client, batchId));
    if (known.state !== "draft" && !isStuck)
      throw new Refusal("conflict", "This batch was created; cancel it instead.");
    for (const table of ["batch_part", "batch_control"]) {
      await client.query(`delete from ${table} where batch_id = $1`, [batchId]);
    }
    await client.query("delete from batch where id = $1 and n_workunits = 0", [batchId]);
  });
}
