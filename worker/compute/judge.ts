import { KERNEL_MAX_MEMORY_PAGES } from "../../server/core/limits.ts";
import type { Reason } from "../../server/core/wire/reason.ts";
import { KernelError } from "./kernel-error.ts";
import type { Bytes } from "./runtimes/runtime.ts";
import { compileModule, instantiate } from "./runtimes/wasm-instance.ts";

/** A project's own `verify(input, output)` or `compare(output, output)` module and the two byte strings to judge. */
export interface JudgeRequest {
  readonly module: Bytes;
  readonly role: "verify" | "compare";
  readonly first: Bytes;
  readonly second: Bytes;
  /** 64 KiB each; the general limit of kernels when absent. */
  readonly maxMemoryPages?: number;
}

/** `error`: the module could not be asked (it breaks the ABI), which says nothing about the bytes. */
export interface JudgeVerdict {
  readonly kind: "yes" | "no" | "error";
  readonly reason: Reason;
}

/**
 * Asks the module. A module that traps, runs out of memory or gives an error code has not said yes: `no`, with the
 * reason. It may also never come back: run it where its thread can be ended.
 */
export async function judge({ module, role, first, second, maxMemoryPages }: JudgeRequest): Promise<JudgeVerdict> {
  try {
    const limits = { role, maxMemoryPages: maxMemoryPages ?? KERNEL_MAX_MEMORY_PAGES };
    const instance = await instantiate(await compileModule(module, limits));
    const a = instance.put(first);
    const b = instance.put(second);
    const answer = instance.call<number>(role, a.pointer, a.length, b.pointer, b.length);
    if (answer === 1) return { kind: "yes", reason: { code: "said_yes", role } };
    if (answer === 0) return { kind: "no", reason: { code: "said_no", role } };
    return { kind: "no", reason: { code: "error_code", role, answer } };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const reason = { code: "module_failed", role, error: error.code, said: error.message } as const;
    return { kind: error.code === "module_invalid" ? "error" : "no", reason };
  }
}
