import type { Reason } from "../server/core/wire/reason.ts";
import type { KernelErrorCode } from "./compute/kernel-error.ts";
import type { GpuDescription } from "./compute/runtimes/gpu-device.ts";
import type { Backend, Bytes, LoadedKernel } from "./compute/runtimes/runtime.ts";

/** What crosses Comlink between a supervisor and its compute workers. Only plain data, bytes and proxied listeners. */

/** How hard a compute worker works; the governor sets it and may change it at any moment. */
export interface Pace {
  /** Aim for the length of one step or dispatch, in milliseconds (50..200). */
  readonly targetStepMs: number;
  /** Share of the time spent computing, in (0, 1]; the rest is slept between steps. 0 = paused until the next change. */
  readonly dutyCycle: number;
}

export interface ComputeTask {
  /** Key under which `loadKernel` was given the kernel. */
  readonly kernelKey: string;
  readonly backend: Backend;
  readonly input: Bytes;
  readonly files: Readonly<Record<string, Bytes>>;
  readonly seed?: Bytes;
  readonly checkpoint?: Bytes;
  /** Milliseconds between two calls of `onCheckpoint`; 10 000 when absent, 0 = only on request. */
  readonly checkpointEveryMs?: number;
  /** Step budget that suited this kernel and backend on this device before (`RunTiming.budget`); saves the search. */
  readonly startBudget?: number;
}

/**
 * Sent before and after every blocking call into the kernel. A WASM loop cannot be interrupted from inside its thread:
 * when nothing follows a `busy` beat for its `withinMs`, the OWNER of the compute worker terminates it (`hung`).
 */
export type Heartbeat =
  | {
      readonly type: "busy";
      readonly phase: "compile" | "init" | "step" | "save" | "output";
      readonly withinMs: number;
    }
  | { readonly type: "idle" };

export interface Progress {
  /** 0..1. */
  readonly progress: number;
  readonly steps: number;
  readonly budget: number;
  readonly stepMs: number;
  /** Milliseconds computed so far in this run, without pauses. */
  readonly computeMs: number;
  /** Why a given checkpoint was not used and the workunit began anew. */
  readonly checkpointRefused?: string;
}

export interface Checkpoint {
  readonly state: Bytes;
  readonly progress: number;
  readonly unitsDone: number;
  readonly unitsTotal: number;
  /** Checkpoints are interchangeable between backends that share this. */
  readonly format: string;
}

export interface ComputeListener {
  onHeartbeat(beat: Heartbeat): void;
  onProgress(progress: Progress): void;
  onCheckpoint(checkpoint: Checkpoint): void;
}

export interface RunTiming {
  /** Start of the first step and end of the last, milliseconds since the Unix epoch by the compute worker's own clock. */
  readonly firstStepAtMs: number;
  readonly lastStepEndAtMs: number;
  /** Time inside steps, without pauses between them. */
  readonly computeMs: number;
  readonly steps: number;
  /** The smallest budget the search arrived at: the next run may begin with units of any phase. */
  readonly budget: number;
  /** Units that were done in an earlier run, when a checkpoint was used. */
  readonly resumedUnits: number;
}

export type ComputeOutcome =
  | {
      readonly type: "finished";
      readonly output: Bytes;
      /** SHA-256 of the output, lower-case hexadecimal. */
      readonly digest: string;
      readonly timing: RunTiming;
      /** Why a given checkpoint was not used and the workunit began anew. */
      readonly checkpointRefused?: string;
    }
  /** After `stop`. `checkpoint` is null when none was asked for or nothing was done yet. */
  | { readonly type: "stopped"; readonly checkpoint: Checkpoint | null; readonly timing: RunTiming | null };

export interface Capabilities {
  readonly wasm: boolean;
  readonly simd: boolean;
  /** null: no usable adapter, `gpuReason` says why. Opens no device. */
  readonly gpu: GpuDescription | null;
  readonly gpuReason: string;
}

export type ProbeReport =
  /** `classBits`: devices with equal strings compute the same float bits; "" where the request named no `classFrom`. */
  | { readonly verdict: "ok"; readonly backend: Backend; readonly milliseconds: number; readonly classBits: string }
  /** It computed, and the answer is another one: nothing this backend computes here may be sent. */
  | { readonly verdict: "wrong"; readonly backend: Backend; readonly reason: Reason }
  /** It did not get to an answer, e.g. backend_unavailable, shader_invalid, hung. */
  | { readonly verdict: "failed"; readonly backend: Backend; readonly code: KernelErrorCode; readonly reason: string };

/** What a compute worker offers. One workunit at a time; a second `run` before the first ended is a TypeError. */
export interface ComputeApi {
  capabilities(): Promise<Capabilities>;
  /** Keeps a kernel (and what it compiles to) until `forgetKernel` or the end of the worker. */
  loadKernel(key: string, kernel: LoadedKernel): Promise<void>;
  hasKernel(key: string): Promise<boolean>;
  forgetKernel(key: string): Promise<void>;
  /** Rejects with KernelError. The listener is a Comlink proxy. */
  run(task: ComputeTask, listener: ComputeListener): Promise<ComputeOutcome>;
  setPace(pace: Pace): Promise<void>;
  /** Asks for an `onCheckpoint` after the step now running. */
  requestCheckpoint(): Promise<void>;
  /** Ends the run after the step now running; the promise of `run` then resolves `stopped`. */
  stop(options: { readonly checkpoint: boolean }): Promise<void>;
  /** Known-answer run of the loaded kernel's first example, or of the probe kernel. */
  probe(request: ProbeRequest, listener: ComputeListener): Promise<ProbeReport>;
}

/** A compute worker as its owner holds it. Made by a host's `spawnCompute`; `watchRun` runs workunits on it. */
export interface ComputeHandle {
  readonly api: ComputeApi;
  /** Resolves when the worker dies by itself or cannot start; a call that was open then never settles. */
  readonly failure: Promise<Error>;
  /** Ends it at once, whatever it is doing; twice is fine. */
  terminate(): void;
}

export type SpawnCompute = () => ComputeHandle;

export interface ProbeRequest {
  readonly kernelKey: string;
  readonly backend: Backend;
  readonly input: Bytes;
  readonly files: Readonly<Record<string, Bytes>>;
  readonly seed?: Bytes;
  readonly expected: Bytes;
  /**
   * Byte offset where the part of the output begins whose bits may differ between devices: its hash is the class, and
   * what comes before it must be equal bit for bit. The whole is compared by the manifest's comparator in any case.
   */
  readonly classFrom?: number;
}
