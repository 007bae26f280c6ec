import type { Comparator } from "../../server/core/wire/kernel-manifest.ts";
import type { Reason } from "../../server/core/wire/reason.ts";
import type { Difference } from "../compute/prove/proof-report.ts";
import type { Backend, Bytes } from "../compute/runtimes/runtime.ts";
import { fromBase64 } from "../supervisor/base64.ts";
import { createKernelLibrary } from "../supervisor/kernel-library.ts";
import { seedBytes } from "../supervisor/seed.ts";
import {
  type BackendWish,
  type Computed,
  createHere,
  type Here,
  type HereHost,
  type HereStage,
} from "./compute-here.ts";
import { createHashedFiles, FetchFailed, type HashedFiles, type HashedFilesOptions } from "./hashed-files.ts";

/** The part of the server's answer (`workunit.rerun`) that is used here. */
export interface RerunPlan {
  readonly kernel: { readonly sha256: string };
  readonly input: { readonly sha256: string; readonly base64?: string | undefined };
  readonly files: Readonly<Record<string, { readonly sha256: string }>>;
  readonly seed: string | null;
  readonly output: { readonly sha256: string; readonly path: string | null };
  readonly comparator: { readonly type: Comparator["type"] };
  readonly backend: Backend | null;
  readonly sameClassOnly: boolean;
}

export type RerunVerdict =
  /** Equal to the last bit, whatever the program's own comparison is. */
  | { readonly kind: "same_bytes" }
  /**
   * Other bytes, and the program's own comparison says that they agree, or that they do not. `reason`: why, where that is
   * not bit by bit.
   */
  | { readonly kind: "agrees" | "differs"; readonly reason: Reason | null; readonly difference: Difference | null }
  /** Other bytes, and those of the confirmed answer are not kept any more. */
  | { readonly kind: "gone" };

export interface RerunReport {
  readonly computed: Omit<Computed, "output"> & { readonly bytes: number };
  readonly verdict: RerunVerdict;
  /** How the program's answers are compared. */
  readonly comparator: Comparator["type"];
  readonly confirmed: { readonly sha256: string; readonly bytes: number | null };
  readonly sameClassOnly: boolean;
}

export interface RerunOptions {
  readonly wish: BackendWish;
  readonly signal: AbortSignal;
  readonly onStage: (stage: HereStage) => void;
  readonly host: HereHost;
  readonly fetch: HashedFilesOptions["fetch"];
}

/**
 * Computes an ended workunit once more and compares with the answer that stands. Nothing is told to the server.
 * @throws {FetchFailed}, {KernelError}, or the signal's reason.
 */
export async function rerunWorkunit(plan: RerunPlan, options: RerunOptions): Promise<RerunReport> {
  const { wish, signal, onStage, host, fetch } = options;
  onStage({ stage: "fetching", files: 0, bytes: 0 });
  const files = createHashedFiles({
    fetch,
    signal,
    onTraffic: (fetched) => onStage({ stage: "fetching", ...fetched }),
  });
  const named = Object.entries(plan.files).map(async ([name, { sha256 }]) => [name, await files.get(sha256)] as const);
  const [kernel, input, others] = await Promise.all([
    createKernelLibrary(files).get(plan.kernel.sha256),
    plan.input.base64 === undefined ? files.get(plan.input.sha256) : fromBase64(plan.input.base64),
    Promise.all(named),
  ]);
  const preferred = plan.sameClassOnly ? plan.backend : null;
  const here = createHere(kernel, host, { wish, signal, onStage, ...(preferred === null ? {} : { preferred }) });
  try {
    const seed = plan.seed === null ? {} : { seed: seedBytes(plan.seed) };
    const { output, ...computed } = await here.compute({ input, files: Object.fromEntries(others), ...seed });
    onStage({ stage: "comparing" });
    const { verdict, bytes } =
      computed.sha256 === plan.output.sha256
        ? { verdict: { kind: "same_bytes" } as const, bytes: output.byteLength }
        : await judge(here, files, plan, output);
    return {
      computed: { ...computed, bytes: output.byteLength },
      verdict,
      comparator: plan.comparator.type,
      confirmed: { sha256: plan.output.sha256, bytes },
      sameClassOnly: plan.sameClassOnly,
    };
  } finally {
    here.end();
  }
}

/** What two different outputs have in common. Only now the confirmed one is fetched. */
async function judge(
  here: Here,
  files: HashedFiles,
  { output: confirmed, comparator }: RerunPlan,
  found: Bytes,
): Promise<{ verdict: RerunVerdict; bytes: number | null }> {
  const isExact = comparator.type === "exact";
  const expected = await bytesOf(files, confirmed);
  if (expected === null) {
    const verdict = isExact ? { kind: "differs" as const, reason: null, difference: null } : { kind: "gone" as const };
    return { verdict, bytes: null };
  }
  const difference = await here.difference(expected, found);
  const bytes = expected.byteLength;
  if (isExact) return { verdict: { kind: "differs", reason: null, difference }, bytes };
  const { agrees, reason } = await here.compare(expected, found);
  return { verdict: { kind: agrees ? "agrees" : "differs", reason, difference }, bytes };
}

async function bytesOf(files: HashedFiles, { sha256, path }: RerunPlan["output"]): Promise<Bytes | null> {
  if (path === null) return null;
  try {
    return await files.getAt(path, sha256);
  } catch (error) {
    // Deleted since it was asked for.
    if (error instanceof FetchFailed && error.kind === "gone") return null;
    throw error;
  }
}
