import { FILES_PATH } from "../../server/core/wire/http.ts";
import { sha256Hex } from "../compute/digest.ts";
import { messageOf } from "../compute/kernel-error.ts";
import type { Bytes } from "../compute/runtimes/runtime.ts";

/** Why bytes could not be had. gone: the server does not give them to this visitor; wrong_bytes: what came has another hash. */
export class FetchFailed extends Error {
  override name = "FetchFailed";
  readonly kind: "unreachable" | "gone" | "wrong_bytes";

  constructor(kind: FetchFailed["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface HashedFiles {
  /** A stored file; asked for twice, it is fetched once. @throws {FetchFailed}, or the signal's reason. */
  get(sha256: string): Promise<Bytes>;
  /** The same from another address. */
  getAt(path: string, sha256: string): Promise<Bytes>;
}

export interface HashedFilesOptions {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly signal: AbortSignal;
  /** Files and bytes so far. */
  readonly onTraffic: (fetched: { readonly files: number; readonly bytes: number }) => void;
}

/** Files by content for as long as somebody looks on: fetched as the visitor of this page, checked, and not kept. */
export function createHashedFiles({ fetch, signal, onTraffic }: HashedFilesOptions): HashedFiles {
  const known = new Map<string, Promise<Bytes>>();
  let [files, bytes] = [0, 0];

  async function load(path: string, sha256: string): Promise<Bytes> {
    let found: Bytes;
    try {
      const response = await fetch(path, { signal });
      if (!response.ok) {
        throw new FetchFailed(response.status >= 500 ? "unreachable" : "gone", `${path}: status ${response.status}`);
      }
      found = new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof FetchFailed) throw cause;
      throw new FetchFailed("unreachable", messageOf(cause), { cause });
    }
    const actual = await sha256Hex(found);
    if (actual !== sha256) throw new FetchFailed("wrong_bytes", `${path} came with other bytes (SHA-256 ${actual})`);
    files += 1;
    bytes += found.byteLength;
    onTraffic({ files, bytes });
    return found;
  }

  function getAt(path: string, sha256: string): Promise<Bytes> {
    const underWay = known.get(sha256);
    if (underWay !== undefined) return underWay;
    const loading = load(path, sha256);
    known.set(sha256, loading);
    loading.catch(() => known.delete(sha256));
    return loading;
  }

  return { getAt, get: (sha256) => getAt(`${FILES_PATH}${sha256}`, sha256) };
}
