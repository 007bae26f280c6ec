import type { BackendKind } from "../../server/core/wire/exchange.ts";
import { type AppVersionDocument, appVersionDocumentSchema } from "../../server/core/wire/http.ts";
import type { Bytes, LoadedKernel } from "../compute/runtimes/runtime.ts";
import type { FileCache } from "./file-cache.ts";
import { seedBytes } from "./seed.ts";

/** App versions ready to run, by their hash, which names every byte of them. */

export interface LibraryKernel {
  readonly hash: string;
  readonly kernel: LoadedKernel;
  readonly backends: readonly BackendKind[];
  /** The first example: what a backend must get right before it may compute this app version for others. */
  readonly example: KnownAnswer;
}

export interface KnownAnswer {
  readonly input: Bytes;
  readonly files: Readonly<Record<string, Bytes>>;
  readonly seed?: Bytes;
  readonly expected: Bytes;
}

/** The documents or files of an app version make no sense; fetching again will not change that. */
export class UnusableKernel extends Error {
  override name = "UnusableKernel";
}

/** Kernels kept in memory; a volunteer seldom meets more than a few app versions in an hour. */
const KEPT = 12;

export function createKernelLibrary(files: Pick<FileCache, "get">): { get(hash: string): Promise<LibraryKernel> } {
  const kernels = new Map<string, Promise<LibraryKernel>>();
  return {
    get(hash) {
      const known = kernels.get(hash);
      if (known !== undefined) return known;
      const loading = loadKernel(files, hash);
      kernels.set(hash, loading);
      // A failure is not kept: the next workunit asks again.
      loading.catch(() => kernels.delete(hash));
      for (const oldest of kernels.keys()) {
        if (kernels.size <= KEPT) break;
        kernels.delete(oldest);
      }
      return loading;
    },
  };
}

async function loadKernel(files: Pick<FileCache, "get">, hash: string): Promise<LibraryKernel> {
  const document = readDocument(await files.get(hash));
  const { manifest } = document;
  const { wasm, wgsl } = manifest.backends;
  // All at once: one after the other, each would cost a round trip before the first step.
  const part = async (path: string | undefined): Promise<Bytes | undefined> =>
    path === undefined ? undefined : files.get(hashOf(document, path));
  const [module, shader, compare, example] = await Promise.all([
    part(wasm?.module),
    part(wgsl?.shader),
    part(manifest.comparator.type === "custom" ? manifest.comparator.module : undefined),
    loadExample(document, async (path) => files.get(hashOf(document, path))),
  ]);
  const kernel: LoadedKernel = {
    manifest,
    ...(module === undefined ? {} : { module }),
    ...(shader === undefined ? {} : { shader: new TextDecoder().decode(shader) }),
    ...(compare === undefined ? {} : { compare }),
  };
  const backends = (["wgsl", "wasm"] as const).filter((backend) => manifest.backends[backend] !== undefined);
  return { hash, kernel, backends, example };
}

function readDocument(bytes: Bytes): AppVersionDocument {
  try {
    return appVersionDocumentSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new UnusableKernel("the app version's document cannot be read", { cause });
  }
}

function hashOf(document: AppVersionDocument, path: string): string {
  const sha256 = document.files[path];
  if (sha256 === undefined) throw new UnusableKernel(`the app version lacks the file ${path}`);
  return sha256;
}

async function loadExample(document: AppVersionDocument, part: (path: string) => Promise<Bytes>): Promise<KnownAnswer> {
  const [example] = document.manifest.examples;
  if (example === undefined) throw new UnusableKernel("the app version has no example");
  const named = Object.entries(example.files).map(async ([name, path]) => [name, await part(path)] as const);
  const [input, expected, files] = await Promise.all([part(example.input), part(example.output), Promise.all(named)]);
  return {
    input,
    files: Object.fromEntries(files),
    expected,
    ...(example.seed === undefined ? {} : { seed: seedBytes(example.seed) }),
  };
}
