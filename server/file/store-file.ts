import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { FILE_MAX_BYTES } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { fileKey } from "../storage/storage.ts";

/**
 * Stores bytes that are at hand under their SHA-256. Storing the same again is fine. What no project keeps
 * (keep-files.ts) is deleted after FILE_GRACE_SECONDS.
 * @returns the SHA-256, hex.
 */
export async function storeBytes(deps: Deps, bytes: Uint8Array, nowSeconds: number): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // Deleted at this very moment, and by then gone for good: the second time nothing is left to be deleted.
  if (!(await tryStore(deps, { sha256, source: [bytes] }, nowSeconds))) {
    await storeFile(deps, { sha256, source: [bytes] }, nowSeconds);
  }
  return sha256;
}

type Upload = { sha256: string; source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>; maxBytes?: number };

/**
 * Stores a stream under the SHA-256 it is said to have. `maxBytes`: what its project has room for.
 * @returns its size in bytes.
 * @throws {Refusal} `too_large` above `maxBytes` or FILE_MAX_BYTES, `bad_request` when the bytes have another hash.
 */
export async function storeFile(deps: Deps, upload: Upload, nowSeconds: number): Promise<number> {
  const stored = await tryStore(deps, upload, nowSeconds);
  if (stored !== null) return stored.bytes;
  throw new Refusal("conflict", "An old copy of this file was being deleted at this moment. Send it again.");
}

async function tryStore(deps: Deps, upload: Upload, nowSeconds: number): Promise<{ bytes: number } | null> {
  const { sha256, source, maxBytes = FILE_MAX_BYTES } = upload;
  const expected = { sha256, maxBytes: Math.min(maxBytes, FILE_MAX_BYTES) };
  const bytes = await deps.storage.write(fileKey(sha256), iterate(source), expected);
  await deps.pool.query(
    `insert into file (sha256, bytes, created_seconds, used_seconds) values ($1, $2, $3, $3)
     on conflict (sha256) do update set used_seconds = greatest(file.used_seconds, excluded.used_seconds), doomed_seconds = null`,
    [sha256, bytes, nowSeconds],
  );
  // From here on nobody deletes the bytes. Somebody may have, between the write and the row.
  return (await deps.storage.has(fileKey(sha256))) ? { bytes } : null;
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
