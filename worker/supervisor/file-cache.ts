import { sha256Hex } from "../compute/digest.ts";
import type { Bytes } from "../compute/runtimes/runtime.ts";
import type { ServerClient } from "./server-client.ts";
import type { Store, StoredFileInfo } from "./store.ts";

/** Files by content: fetched once, checked when they come and whenever they are read back, the oldest dropped first. */

/** Bytes of recently used files kept in memory beside the store. */
const MEMORY_BYTES = 64 * 1024 * 1024;

export class WrongBytes extends Error {
  override name = "WrongBytes";
}

export interface FileCache {
  /** @throws {WrongBytes} when what the server sends has another hash; CallFailed when it sends nothing. */
  get(sha256: string): Promise<Bytes>;
  /** Fetched and checked, but not kept: inputs are used once. */
  fetchOnce(sha256: string): Promise<Bytes>;
  usedBytes(): number;
  /** Drops the oldest files beyond the limit, which may have changed. */
  trim(): Promise<void>;
}

export interface FileCacheOptions {
  readonly store: Store;
  readonly server: Pick<ServerClient, "getFile">;
  limitBytes(): number;
  wallMs(): number;
  onTrouble(message: string, cause: unknown): void;
}

export async function openFileCache(options: FileCacheOptions): Promise<FileCache> {
  const { store, server } = options;
  const infos = new Map<string, StoredFileInfo>();
  for (const info of await store.all("fileInfos")) infos.set(info.sha256, info);
  const memory = new Map<string, Bytes>();
  const underWay = new Map<string, Promise<Bytes>>();
  let storing: Promise<void> = Promise.resolve();

  async function fetchOnce(sha256: string): Promise<Bytes> {
    const bytes = await server.getFile(sha256);
    const actual = await sha256Hex(bytes);
    if (actual !== sha256) throw new WrongBytes(`file ${sha256} came with other bytes (SHA-256 ${actual})`);
    return bytes;
  }

  async function readStored(sha256: string): Promise<Bytes | null> {
    const bytes = await store.get("files", sha256);
    if (bytes === undefined) return null;
    if ((await sha256Hex(bytes)) === sha256) return bytes;
    options.onTrouble(`the stored file ${sha256} was damaged and is fetched again`, null);
    return null;
  }

  async function keep(sha256: string, bytes: Bytes): Promise<void> {
    const info = { sha256, bytes: bytes.byteLength, usedAtMs: options.wallMs() };
    try {
      await trim(bytes.byteLength);
      await store.write([
        { put: "files", key: sha256, value: bytes },
        { put: "fileInfos", key: sha256, value: info },
      ]);
      infos.set(sha256, info);
    } catch (cause) {
      // A full disk costs a download next time, not the workunit.
      options.onTrouble("a file could not be kept for later", cause);
    }
  }

  async function trim(roomFor: number): Promise<void> {
    let used = usedBytes() + roomFor;
    const oldestFirst = [...infos.values()].sort((a, b) => a.usedAtMs - b.usedAtMs);
    for (const { sha256, bytes } of oldestFirst) {
      if (used <= options.limitBytes()) return;
      await store.write([
        { drop: "files", key: sha256 },
        { drop: "fileInfos", key: sha256 },
      ]);
      infos.delete(sha256);
      used -= bytes;
    }
  }

  function usedBytes(): number {
    let sum = 0;
    for (const info of infos.values()) sum += info.bytes;
    return sum;
  }

  function remember(sha256: string, bytes: Bytes): void {
    memory.delete(sha256);
    memory.set(sha256, bytes);
    let sum = 0;
    for (const kept of memory.values()) sum += kept.byteLength;
    for (const [oldest, kept] of memory) {
      if (sum <= MEMORY_BYTES || memory.size === 1) break;
      memory.delete(oldest);
      sum -= kept.byteLength;
    }
  }

  async function load(sha256: string): Promise<Bytes> {
    const stored = await readStored(sha256);
    if (stored === null) {
      const bytes = await fetchOnce(sha256);
      // Files come side by side, and are kept one after the other: each must see what the one before it left of the room.
      storing = storing.then(() => keep(sha256, bytes));
      await storing;
      return bytes;
    }
    const info = { sha256, bytes: stored.byteLength, usedAtMs: options.wallMs() };
    infos.set(sha256, info);
    await store.write([{ put: "fileInfos", key: sha256, value: info }]);
    return stored;
  }

  return {
    fetchOnce,
    usedBytes,
    trim: () => trim(0),
    async get(sha256) {
      const known = memory.get(sha256);
      if (known !== undefined) {
        remember(sha256, known);
        return known;
      }
      let promise = underWay.get(sha256);
      if (promise === undefined) {
        promise = load(sha256).finally(() => underWay.delete(sha256));
        underWay.set(sha256, promise);
      }
      const bytes = await promise;
      remember(sha256, bytes);
      return bytes;
    },
  };
}
