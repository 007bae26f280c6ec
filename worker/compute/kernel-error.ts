/**
 * Everything that can go wrong between handing a kernel to a backend and holding its output. The codes are closed: the
 * supervisor decides by them what to do next, and the server is told them as they are.
 */
export const KERNEL_ERROR_CODES = [
  /** The module breaks the ABI (imports, no memory maximum, missing export); it never ran. */
  "module_invalid",
  /** The shader does not compile, or cannot be given loop bounds, or does not fit its manifest. */
  "shader_invalid",
  /** This device has no such backend (no adapter, or one that computes nothing), or its limits are too low. */
  "backend_unavailable",
  /** A file the manifest names was not given, or the input is over the manifest's limit. */
  "input_invalid",
  /** `init` returned a code: the kernel refuses its input. */
  "init_failed",
  /** `step` returned a negative number, or the state's status is an error code. */
  "step_failed",
  /** WASM trapped: unreachable, out-of-bounds access, division by zero, stack overflow. */
  "trapped",
  /** `alloc` gave up, the memory reached its maximum, or the GPU had no room for a buffer. */
  "out_of_memory",
  /** `load` refused the checkpoint; the workunit can be started from the beginning. */
  "checkpoint_rejected",
  /** `save` returned bytes outside the memory, or a header that says nonsense. */
  "state_invalid",
  /** `output` returned bytes outside the memory. */
  "output_invalid",
  "output_too_large",
  /** No step ended within the time the manifest allows. */
  "hung",
  /** A WGSL loop ran longer than the manifest's maxLoopIterations and was cut; the state is worthless. */
  "loop_limit",
  /** The GPU device went away (driver reset, GPU process killed, memory pressure). */
  "device_lost",
  /** A known input gave another output than it must. */
  "known_answer_wrong",
  /** The compute worker died or could not be started. */
  "worker_failed",
] as const;

export type KernelErrorCode = (typeof KERNEL_ERROR_CODES)[number];

/** Who has to change something: the kernel's author, this device, or the stored checkpoint. */
export type Blame = "kernel" | "device" | "checkpoint";

const BLAME: Record<KernelErrorCode, Blame> = {
  module_invalid: "kernel",
  shader_invalid: "kernel",
  backend_unavailable: "device",
  input_invalid: "kernel",
  init_failed: "kernel",
  step_failed: "kernel",
  trapped: "kernel",
  out_of_memory: "kernel",
  checkpoint_rejected: "checkpoint",
  state_invalid: "kernel",
  output_invalid: "kernel",
  output_too_large: "kernel",
  hung: "kernel",
  loop_limit: "kernel",
  device_lost: "device",
  known_answer_wrong: "device",
  worker_failed: "device",
};

export interface KernelErrorOptions {
  /** The kernel's own error code, where it gave one. */
  kernelCode?: number;
  /** Overrides the code's usual blame: the GPU running out of memory is the device's doing. */
  blame?: Blame;
  cause?: unknown;
}

/** What crosses a thread boundary for a KernelError. */
export interface KernelErrorRecord {
  code: KernelErrorCode;
  message: string;
  blame: Blame;
  kernelCode?: number;
  /** Text of the cause: causes themselves need not survive a structured clone. */
  cause?: string;
}

export class KernelError extends Error {
  readonly code: KernelErrorCode;
  readonly blame: Blame;
  readonly kernelCode: number | undefined;

  constructor(code: KernelErrorCode, message: string, options: KernelErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KernelError";
    this.code = code;
    this.blame = options.blame ?? BLAME[code];
    this.kernelCode = options.kernelCode;
  }
}

export function toKernelErrorRecord(error: KernelError): KernelErrorRecord {
  return {
    code: error.code,
    message: error.message,
    blame: error.blame,
    ...(error.kernelCode === undefined ? {} : { kernelCode: error.kernelCode }),
    ...(error.cause === undefined ? {} : { cause: messageOf(error.cause) }),
  };
}

export function fromKernelErrorRecord(record: KernelErrorRecord): KernelError {
  return new KernelError(record.code, record.message, {
    blame: record.blame,
    ...(record.kernelCode === undefined ? {} : { kernelCode: record.kernelCode }),
    ...(record.cause === undefined ? {} : { cause: record.cause }),
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
