import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { AppVersion } from "../app-version/app-versions.ts";
import { checkForApp } from "../core/submission/check-for-app.ts";
import { type BatchOptions, PART_MAX_BYTES, PART_MAX_DRAFTS, type WorkunitDraft } from "../core/submission/draft.ts";
import { JsonLinesReader } from "../core/submission/json-lines.ts";
import type { Read } from "../core/submission/reader.ts";
import { madeStorable } from "../core/wire/storable-text.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";

export type Fault = { line: number; message: string };

/** Faults of one part that are kept with their lines; of all others only the number. */
const FAULTS_KEPT = 50;

export type Part = { batchId: number; number: number; reads: readonly Read<WorkunitDraft>[] };
export type StoredPart = { number: number; drafts: number; faults: Fault[]; nFaults: number; isNew: boolean };

const compress = promisify(gzip);
const decompress = promisify(gunzip);

const KNOWN = "select sha256 from batch_part where batch_id = $1 and number = $2";

/** What was sent as one part, JSON lines, as drafts and faults. @throws {Refusal} when it is too much for one part. */
export function readPart(body: Uint8Array): Read<unknown>[] {
  if (body.byteLength > PART_MAX_BYTES) {
    throw new Refusal("too_large", `A part has at most ${PART_MAX_BYTES} bytes; send more parts.`);
  }
  const reader = new JsonLinesReader();
  const reads = [...reader.push(new TextDecoder().decode(body)), ...reader.end()];
  if (reads.length > PART_MAX_DRAFTS) {
    throw new Refusal("too_large", `A part has at most ${PART_MAX_DRAFTS} workunits; send more parts.`);
  }
  return reads;
}

/** A draft as this app version takes it, or what is wrong with it. */
export function checkAgainst(version: AppVersion, options: BatchOptions, read: Read<unknown>): Read<WorkunitDraft> {
  return checkForApp(version.manifest, options, read);
}

/** The input's bytes; null where it is a stored file. */
export function inputOf({ input, inputBase64 }: WorkunitDraft): Uint8Array<ArrayBuffer> | null {
  if (input !== undefined) return Buffer.from(input, "utf8");
  return inputBase64 === undefined ? null : Buffer.from(inputBase64, "base64");
}

/**
 * Keeps a part of a batch that is being submitted. The same part again changes nothing, so that an upload that broke off is
 * simply sent again.
 * @throws {Refusal} `conflict` when this number was sent with something else, or the batch is no draft any more.
 */
export async function storePart(deps: Deps, part: Part, nowSeconds: number): Promise<StoredPart> {
  const good = part.reads.flatMap((read) => ("value" in read ? [read.value] : []));
  // A fault may quote what is wrong, and not everything can be stored.
  const bad = part.reads.flatMap((read) =>
    "fault" in read ? [{ line: read.line, message: madeStorable(read.fault) }] : [],
  );
  const text = good.map((draft) => `${JSON.stringify(draft)}\n`).join("");
  const faults = bad.slice(0, FAULTS_KEPT);
  const sha256 = createHash("sha256").update(text).update(JSON.stringify(bad)).digest("hex");
  const stored = { number: part.number, drafts: good.length, faults, nFaults: bad.length };
  const drafts = await compress(text);
  return await inTransaction(deps, "part", async (client) => {
    const { rows } = await client.query<{ state: string }>(
      "select state from batch_control where batch_id = $1 for share",
      [part.batchId],
    );
    const known = await client.query<{ sha256: string }>(KNOWN, [part.batchId, part.number]);
    const isKnown = (row: { sha256: string } | undefined): boolean => {
      if (row === undefined || row.sha256 === sha256) return row !== undefined;
      throw new Refusal(
        "conflict",
        `Part ${part.number} was sent before with other content. Use another key for another batch.`,
      );
    };
    if (isKnown(known.rows[0])) return { ...stored, isNew: false };
    if (rows[0]?.state !== "draft") throw new Refusal("conflict", "This batch is complete and takes no more parts.");
    const { rowCount } = await client.query(
      `insert into batch_part (batch_id, number, sha256, drafts, n_drafts, faults, n_faults, seconds)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (batch_id, number) do nothing`,
      [part.batchId, part.number, sha256, drafts, good.length, JSON.stringify(faults), bad.length, nowSeconds],
    );
    if (rowCount === 0) {
      // Somebody sent the same number at this very moment, and was first.
      const other = await client.query<{ sha256: string }>(KNOWN, [part.batchId, part.number]);
      return { ...stored, isNew: !isKnown(other.rows[0]) };
    }
    return { ...stored, isNew: true };
  });
}

/** The drafts of one part; null: there is no such part. */
export async function loadPart(
  pool: Pick<PoolClient, "query">,
  batchId: number,
  number: number,
): Promise<WorkunitDraft[] | null> {
  const { rows } = await pool.query<{ drafts: Buffer }>(
    "select drafts from batch_part where batch_id = $1 and number = $2",
    [batchId, number],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const text = (await decompress(row.drafts)).toString("utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as WorkunitDraft]));
}
