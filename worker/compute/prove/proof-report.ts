import type { Comparator } from "../../../server/core/wire/kernel-manifest.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { Reason } from "../../../server/core/wire/reason.ts";
import type { KernelErrorCode } from "../kernel-error.ts";
import type { Backend } from "../runtimes/runtime.ts";

/** What became of proving a kernel: plain data, for pages, terminals and the server alike. */
export interface ProofReport {
  readonly kernel: { readonly name: string; readonly version: string };
  /** No fault was found. Only such a kernel is published. */
  readonly passed: boolean;
  /** Every backend that kernel.json names was proven here. False where this device has no GPU: the rest may still pass. */
  readonly complete: boolean;
  readonly backends: readonly BackendProof[];
  readonly runs: readonly ProofRunReport[];
  readonly faults: readonly PackageFault[];
  /** null when nothing could be computed. */
  readonly proposals: Proposals | null;
}

export type BackendProof =
  | { readonly backend: Backend; readonly state: "proven"; readonly device: string; readonly speed: Speed }
  | {
      readonly backend: Backend;
      readonly state: "failed";
      readonly device: string;
      readonly code: KernelErrorCode | "differs";
      readonly reason: string;
      /** What `reason` ends with, where the kernel's own comparison says it. */
      readonly why?: Reason | undefined;
    }
  /** It could not be computed on here, or was not to be. Nothing is said about the kernel. */
  | { readonly backend: Backend; readonly state: "unavailable"; readonly reason: string };

export interface Speed {
  readonly unitsPerSecond: number;
  /** Units of a step of about TARGET_STEP_MS. */
  readonly unitsPerStep: number;
  readonly longestStepMs: number;
  /** Milliseconds of computing, all examples, as a volunteer computes them. */
  readonly examplesMs: number;
}

/** How the steps of a run were sized, and whether it went through checkpoints. */
export type ProofWay =
  /** As a volunteer's device does it: steps that grow until they last long enough. */
  | { readonly type: "measured" }
  /** Small steps, then a checkpoint restored on `through`, uneven steps, and back through another checkpoint. */
  | { readonly type: "checkpoints"; readonly through: Backend };

export interface ProofRunReport {
  readonly example: string;
  readonly backend: Backend;
  readonly way: ProofWay;
  readonly steps: number;
  readonly computeMs: number;
  /** As the kernel itself compares outputs; the sentence says how near, or what differs. */
  readonly agrees: boolean;
  readonly reason: string;
  /** Bit by bit against the known answer; null: the same bytes. */
  readonly fromKnown: Difference | null;
  /** Bit by bit against the measured run on the same backend; null: the same bytes, or there is none. */
  readonly fromMeasured: Difference | null;
}

export interface Difference {
  /** Lengths of the two outputs: the one expected, the one computed. */
  readonly bytes: readonly [number, number];
  readonly firstByte: number;
  readonly differingBytes: number;
  readonly differingBits: number;
  /** Bytes of both around the first that differs, from the offset `from`. */
  readonly excerpt: { readonly from: number; readonly expected: readonly number[]; readonly found: readonly number[] };
  /** Fields that differ, where the output's schema names fields and both outputs fit it. */
  readonly fields: readonly FieldDifference[];
}

export interface FieldDifference {
  readonly name: string;
  readonly type: string;
  readonly differing: number;
  /** Record of the first difference, from 0. */
  readonly firstRecord: number;
  /** Values there: the one expected, the one computed. Text for what is no number. */
  readonly first: readonly [number | string, number | string];
  /** null where a value is text, not a number, or infinite. */
  readonly maxAbsolute: number | null;
  readonly maxRelative: number | null;
  /** Representable values between the two, at most; of float fields. */
  readonly maxUlp: number | null;
}

export interface Proposals {
  readonly exactness: "exact" | "tolerant" | "statistical";
  /** Why, as a sentence without a full stop. */
  readonly why: string;
  /** null: keep the one in kernel.json. */
  readonly comparator: Comparator | null;
  readonly steps: readonly {
    readonly backend: Backend;
    readonly unitsPerStep: number;
    readonly advice: string | null;
  }[];
  readonly cost: {
    readonly flopsPerUnit: number;
    readonly examples: readonly { readonly example: string; readonly flops: number; readonly cobblestones: number }[];
  } | null;
}

export interface ProofProgress {
  readonly done: number;
  readonly of: number;
  /** What is computed now. */
  readonly example: string;
  readonly backend: Backend;
}
