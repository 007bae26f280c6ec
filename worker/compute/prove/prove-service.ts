import { compareOutputs } from "../../../server/core/replication/comparators/compare-outputs.ts";
import type { Reason } from "../../../server/core/wire/reason.ts";
import type { ComputeListener } from "../../protocol.ts";
import { judge } from "../judge.ts";
import { KernelError, messageOf } from "../kernel-error.ts";
import type { Bytes, ComputeServices, LoadedKernel } from "../runtimes/runtime.ts";
import { type ShaderMessage, shaderMessages } from "./compile-shader.ts";
import { differenceOf } from "./differences.ts";
import { type LookedAt, lookAtOutput } from "./peek-output.ts";
import type { Difference } from "./proof-report.ts";
import { type ProofRun, type ProofRunResult, runSteps } from "./run-steps.ts";

export type ProofListener = Pick<ComputeListener, "onHeartbeat">;

/** What a proving thread offers; a kernel that loops takes the thread with it, so its owner watches it. */
export interface ProveApi {
  /** null: no usable GPU, `reason` says why. */
  gpu(): Promise<{ readonly device: string | null; readonly reason: string }>;
  load(kernel: LoadedKernel, verify?: Bytes): Promise<void>;
  /** The compiler's errors, in the author's lines. Rejects with KernelError backend_unavailable. */
  compile(listener: ProofListener): Promise<readonly ShaderMessage[]>;
  run(run: ProofRun, listener: ProofListener): Promise<ProofRunResult>;
  /** As the kernel itself says: its comparator. */
  compare(
    expected: Bytes,
    found: Bytes,
    listener: ProofListener,
  ): Promise<{ readonly agrees: boolean; readonly reason: Reason }>;
  /** What its verifier says of a known answer; null when it has none. */
  verify(
    input: Bytes,
    output: Bytes,
    listener: ProofListener,
  ): Promise<{ readonly agrees: boolean; readonly reason: Reason } | null>;
  /** Bit by bit; null when they are the same bytes. */
  difference(expected: Bytes, found: Bytes, listener: ProofListener): Promise<Difference | null>;
  /** Whether an output fits the kernel's schema, and its beginning. */
  look(output: Bytes, listener: ProofListener): Promise<LookedAt>;
}

export interface ProveHandle {
  readonly api: ProveApi;
  /** Resolves when the thread dies by itself or cannot start. */
  readonly failure: Promise<Error>;
  terminate(): void;
}

/** A judge that looks at two outputs and does not answer in this time is no check but a computation. */
const JUDGE_WITHIN_MS = 15_000;

export function createProveService(
  services: ComputeServices,
  gpuReason: string,
  release: (listener: ProofListener) => void,
): ProveApi {
  let loaded: { kernel: LoadedKernel; verify: Bytes | undefined } | null = null;
  const current = (): { kernel: LoadedKernel; verify: Bytes | undefined } => {
    if (loaded === null) throw new TypeError("no kernel was loaded into this thread");
    return loaded;
  };
  async function watched<T>(listener: ProofListener, work: (listener: ProofListener) => Promise<T>): Promise<T> {
    const quiet: ProofListener = { onHeartbeat: (beat) => ignore(listener.onHeartbeat(beat)) };
    try {
      return await work(quiet);
    } catch (cause) {
      if (cause instanceof KernelError) throw cause;
      throw new KernelError("worker_failed", `the proving thread failed: ${messageOf(cause)}`, { cause });
    } finally {
      release(listener);
    }
  }
  async function judged<T>(listener: ProofListener, work: () => Promise<T>): Promise<T> {
    return watched(listener, async (quiet) => {
      quiet.onHeartbeat({ type: "busy", phase: "output", withinMs: JUDGE_WITHIN_MS });
      try {
        return await work();
      } finally {
        quiet.onHeartbeat({ type: "idle" });
      }
    });
  }
  return {
    async gpu() {
      if (services.gpu === null) return { device: null, reason: gpuReason };
      try {
        const found = await services.gpu.describe();
        if (found === null) return { device: null, reason: "no usable WebGPU adapter" };
        const words = [found.vendor, found.architecture, found.device, found.description].filter((word) => word !== "");
        return { device: words.join(" ") || "a GPU", reason: "" };
      } catch (error) {
        return { device: null, reason: messageOf(error) };
      }
    },
    async load(kernel, verify) {
      loaded = { kernel, verify };
    },
    compile: (listener) => watched(listener, (quiet) => shaderMessages(current().kernel, services, quiet)),
    run: (run, listener) => watched(listener, (quiet) => runSteps(current().kernel, run, services, quiet)),
    compare: (expected, found, listener) =>
      judged(listener, async () => {
        const { kernel } = current();
        const { comparator, output: schema } = kernel.manifest;
        if (comparator.type !== "custom") {
          const { agree, reason } = compareOutputs(comparator, schema, { first: expected, second: found });
          return { agrees: agree, reason };
        }
        if (kernel.compare === undefined) throw new KernelError("input_invalid", "the compare module was not given");
        const verdict = await judge({ module: kernel.compare, role: "compare", first: expected, second: found });
        return { agrees: verdict.kind === "yes", reason: verdict.reason };
      }),
    verify: (input, output, listener) =>
      judged(listener, async () => {
        const { kernel, verify } = current();
        const declared = kernel.manifest.verify;
        if (declared === undefined || verify === undefined) return null;
        const { maxMemoryPages } = declared;
        const verdict = await judge({ module: verify, role: "verify", first: input, second: output, maxMemoryPages });
        return { agrees: verdict.kind === "yes", reason: verdict.reason };
      }),
    difference: (expected, found, listener) =>
      judged(listener, async () => differenceOf(current().kernel.manifest.output, expected, found)),
    look: (output, listener) => judged(listener, async () => lookAtOutput(current().kernel.manifest.output, output)),
  };
}

/** A proxied listener answers with promises; one that rejects belongs to an owner who is gone. */
function ignore(answer: unknown): void {
  if (answer instanceof Promise) answer.catch(() => undefined);
}
