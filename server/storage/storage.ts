import type { Readable } from "node:stream";
import type { Expected } from "./spool.ts";

/**
 * Where bytes that are too large for a row live. Two kinds of keys, both made by `fileKey` and `outputKey`: files are
 * addressed by content and stay; outputs belong to a workunit and may be deleted with it.
 */
export interface Storage {
  /**
   * Stores what `source` yields under `key`, provided that it has this SHA-256; atomic: nobody sees half a file, and what is
   * cut in the middle leaves nothing.
   * @returns number of bytes.
   * @throws {Refusal} `too_large` above maxBytes, `bad_request` when the hash is another.
   */
  write(key: string, source: AsyncIterable<Uint8Array>, expected: Expected): Promise<number>;
  /** @throws {UnreadableError} when there is no such key, or the medium fails. */
  read(key: string): Promise<Buffer>;
  /** Null when there is no such key. The caller reads or destroys the stream. */
  open(key: string): Promise<{ stream: Readable; bytes: number } | null>;
  /** Null when there is no such key. */
  stat(key: string): Promise<StoredObject | null>;
  has(key: string): Promise<boolean>;
  /** Fine when there is nothing. */
  delete(key: string): Promise<void>;
  /** Every key below a folder ("files", "outputs"), in no order, page by page. */
  list(folder: StorageFolder): AsyncIterable<string>;
  /** Removes what processes that were killed in the middle of a write left more than this many milliseconds ago. */
  removeLeftovers(olderThanMs: number): Promise<number>;
}

export type StoredObject = { bytes: number; modifiedSeconds: number };
export type StorageFolder = "files" | "outputs";

/** Stored bytes that cannot be had now. Says nothing about the bytes: whoever needs them tries again later. */
export class UnreadableError extends Error {
  override name = "UnreadableError";
}

const SHA256 = /^[0-9a-f]{64}$/;

export function fileKey(sha256: string): string {
  if (!SHA256.test(sha256)) throw new RangeError("a file's key is its SHA-256");
  return `files/${sha256.slice(0, 2)}/${sha256}`;
}

/** Output of a workunit: replicas that agree share it. */
export function outputKey(workunitId: number, sha256: string): string {
  if (!SHA256.test(sha256) || !Number.isSafeInteger(workunitId))
    throw new RangeError("an output's key is its workunit and SHA-256");
  return `outputs/${workunitId}/${sha256}`;
}

/** The SHA-256 of a file's key; null for a key that no file has. */
export function fileOfKey(key: string): string | null {
  return /^files\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(key)?.[1] ?? null;
}

/** Workunit and SHA-256 of an output's key; null for a key that no output has. */
export function outputOfKey(key: string): { workunitId: number; sha256: string } | null {
  const parts = /^outputs\/([1-9]\d{0,15})\/([0-9a-f]{64})$/.exec(key);
  return parts === null ? null : { workunitId: Number(parts[1]), sha256: parts[2] ?? "" };
}
