import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { FILE_MAX_BYTES } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { fileKey } from "../storage/storage.ts";

/**
 * Stores bytes that are at hand under their SHA-256. Storing the same again is fine.
 * @returns the SHA-256, hex.
 */
export async function storeBytes(deps: Deps, bytes: Uint8Array, nowSeconds: number): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await storeFile(deps, { sha256, source: [bytes] }, nowSeconds);
  return sha256;
}

/**
 * Stores a stream under the SHA-256 it is said to have.
 * @throws {Refusal} `too_large` above FILE_MAX_BYTES, `bad_request` when the bytes have another hash.
 */
export async function storeFile(
  deps: Deps,
  { sha256, source }: { sha256: string; source: AsyncIterable<Uint8Array> | Iterable<Uint8Array> },
  nowSeconds: number,
): Promise<void> {
  const bytes = await deps.storage.write(fileKey(sha256), iterate(source), { sha256, maxBytes: FILE_MAX_BYTES });
  await deps.pool.query(
    "insert into file (sha256, bytes, created_seconds) values ($1, $2, $3) on conflict (sha256) do nothing",
    [sha256, bytes, nowSeconds],
  );
}

async function* iterate(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* source;
}

/** A stored file as a stream; null when there is none. The caller reads or destroys it. */
export async function openFile(
  deps: Pick<Deps, "storage">,
  sha256: string,
): Promise<{ stream: Readable; bytes: number } | null> {
  return await deps.storage.open(fileKey(sha256));
}
