import type { WorkunitDraft } from "../../server/core/submission/draft.ts";
import { KernelError, type KernelErrorCode } from "../compute/kernel-error.ts";
import type { LookedAt } from "../compute/prove/peek-output.ts";
import type { Bytes, WorkInput } from "../compute/runtimes/runtime.ts";
import { fromBase64 } from "../supervisor/base64.ts";
import { createKernelLibrary, type LibraryKernel } from "../supervisor/kernel-library.ts";
import {
  type BackendWish,
  type Computed,
  createHere,
  type Here,
  type HereHost,
  type HereStage,
} from "./compute-here.ts";
import { createHashedFiles, FetchFailed, type HashedFiles, type HashedFilesOptions } from "./hashed-files.ts";

/** A few workunits computed before anything is submitted: what would come of them, and how long one takes. */

export type DryOutcome =
  | {
      readonly kind: "ok";
      readonly computed: Omit<Computed, "output">;
      readonly bytes: number;
      readonly looked: LookedAt;
    }
  /** `reason`: what the program or the device says, a sentence without a full stop, English. */
  | {
      readonly kind: "failed";
      readonly what: "kernel" | FetchFailed["kind"];
      readonly reason: string;
      readonly code?: KernelErrorCode;
    };

export interface DryRun {
  /** The app version's hash. */
  readonly appVersionHash: string;
  readonly drafts: readonly WorkunitDraft[];
  /** Files that all workunits share: name -> SHA-256. */
  readonly files: Readonly<Record<string, string>>;
}

export interface DryRunOptions {
  readonly wish: BackendWish;
  readonly signal: AbortSignal;
  readonly onStage: (index: number, stage: HereStage) => void;
  readonly onOutcome: (index: number, outcome: DryOutcome) => void;
  readonly host: HereHost;
  readonly fetch: HashedFilesOptions["fetch"];
}

/**
 * Computes drafts one after the other; one that fails does not keep the others from being tried. Nothing is sent.
 * @throws {FetchFailed} when the program itself cannot be had, or the signal's reason.
 */
export async function dryRun({ appVersionHash, drafts, files: shared }: DryRun, options: DryRunOptions): Promise<void> {
  const { wish, signal, onStage, onOutcome, host, fetch } = options;
  let index = 0;
  const stage = (now: HereStage): void => onStage(index, now);
  stage({ stage: "fetching", files: 0, bytes: 0 });
  const files = createHashedFiles({ fetch, signal, onTraffic: (fetched) => stage({ stage: "fetching", ...fetched }) });
  const kernel = await createKernelLibrary(files).get(appVersionHash);
  const here = createHere(kernel, host, { wish, signal, onStage: stage });
  try {
    for (const draft of drafts) {
      onOutcome(index, await tried(here, () => workOf(draft, { shared, files, kernel }), signal));
      index += 1;
    }
  } finally {
    here.end();
  }
}

async function tried(here: Here, work: () => Promise<WorkInput>, signal: AbortSignal): Promise<DryOutcome> {
  try {
    const { output, ...computed } = await here.compute(await work());
    return { kind: "ok", computed, bytes: output.byteLength, looked: await here.look(output) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KernelError) {
      return { kind: "failed", what: "kernel", reason: error.message, code: error.code };
    }
    if (error instanceof FetchFailed) return { kind: "failed", what: error.kind, reason: error.message };
    throw error;
  }
}

type Around = { shared: DryRun["files"]; files: HashedFiles; kernel: LibraryKernel };

async function workOf(draft: WorkunitDraft, { shared, files, kernel }: Around): Promise<WorkInput> {
  const named = Object.entries({ ...shared, ...draft.files }).map(
    async ([name, sha256]) => [name, await files.get(sha256)] as const,
  );
  const [input, others] = await Promise.all([inputOf(draft, files), Promise.all(named)]);
  const seed = kernel.kernel.manifest.seed ? { seed: crypto.getRandomValues(new Uint8Array(8)) } : {};
  return { input, files: Object.fromEntries(others), ...seed };
}

async function inputOf({ input, inputBase64, inputSha256 }: WorkunitDraft, files: HashedFiles): Promise<Bytes> {
  if (input !== undefined) return new TextEncoder().encode(input);
  if (inputBase64 !== undefined) return fromBase64(inputBase64);
  return await files.get(inputSha256 ?? "");
}
