import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import type { GpuHolder } from "./gpu-device.ts";

/** One interface for both backends; nothing above this folder knows which one computes. */

export type Backend = "wasm" | "wgsl";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A kernel's parts, already fetched and checked against their hashes. Give the same object again to reuse what was compiled. */
export interface LoadedKernel {
  readonly manifest: KernelManifest;
  /** The `.wasm`: the whole kernel on backend wasm, the control plane (files to state, state to output) on wgsl. */
  readonly module?: Bytes;
  /** The `.wgsl` text. */
  readonly shader?: string;
  /** The module of a `custom` comparator; only a probe needs it. */
  readonly compare?: Bytes;
}

export interface WorkInput {
  readonly input: Bytes;
  /** The manifest's files by name. */
  readonly files: Readonly<Record<string, Bytes>>;
  /** 8 bytes, little-endian; required when the manifest says `seed: true`. */
  readonly seed?: Bytes;
  /** What `save()` gave earlier, on any backend of the same checkpointFormat. */
  readonly checkpoint?: Bytes;
}

export interface StepReport {
  /** 0..1; exactly 1 when done. */
  readonly progress: number;
  readonly done: boolean;
  /** Units asked of this step; the kernel may have done fewer at the end. */
  readonly units: number;
  /** Time from the call to the completion, on the runtime's clock. */
  readonly milliseconds: number;
}

/**
 * One workunit on one backend. Order of calls: init, step until done, output, dispose. save may come between any two.
 * Every method rejects with KernelError and nothing else; after a rejection only dispose is useful.
 */
export interface Runtime {
  readonly backend: Backend;
  /** Most units one step may do (a limit of the shader's layout); Infinity where there is none. */
  readonly maxUnits: number;
  init(work: WorkInput): Promise<void>;
  /** Does at most `budget` units, a whole number >= 1. */
  step(budget: number): Promise<StepReport>;
  /** The state: 16-byte header and body, a copy. */
  save(): Promise<Bytes>;
  /** A copy, at most manifest.limits.outputBytes long. Only after a step that was done. */
  output(): Promise<Bytes>;
  /** Gives back memory and buffers. Never throws; twice is fine. */
  dispose(): void;
}

/** What a host lends to the runtimes, because neither a clock nor a GPU is part of the language. */
export interface ComputeServices {
  /** Milliseconds, monotonic, from any zero. */
  now(): number;
  /** Resolves after the time, or at once when the signal aborts. Never rejects. */
  delay(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Lets waiting messages (stop, pace) be delivered; costs well under a millisecond. */
  breathe(): Promise<void>;
  /** null where this host has no WebGPU. */
  readonly gpu: GpuHolder | null;
}

/** First four u32, little-endian, of every state. */
export interface StateHeader {
  readonly unitsTotal: number;
  readonly unitsDone: number;
  /** 0 running, 1 finished early, >= 2 the kernel's error code. */
  readonly status: number;
}

export const STATE_HEADER_BYTES = 16;

/** Reads the header; null when there are not even 16 bytes, or more is done than there is. */
export function readStateHeader(state: Uint8Array): StateHeader | null {
  if (state.byteLength < STATE_HEADER_BYTES) return null;
  const view = new DataView(state.buffer, state.byteOffset, STATE_HEADER_BYTES);
  const header = {
    unitsTotal: view.getUint32(0, true),
    unitsDone: view.getUint32(4, true),
    status: view.getUint32(8, true),
  };
  return header.unitsDone <= header.unitsTotal ? header : null;
}

/** Files in the order the kernel gets them: the input, the manifest's, then the seed. */
export function fileOrder(manifest: KernelManifest): string[] {
  return ["input", ...manifest.files, ...(manifest.seed ? ["seed"] : [])];
}
