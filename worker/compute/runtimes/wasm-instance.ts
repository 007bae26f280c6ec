import { KernelError, type KernelErrorCode, messageOf } from "../kernel-error.ts";
import { type ModuleRole, validateModule } from "../validate-module.ts";
import { type Bytes, type LoadedKernel, readStateHeader, STATE_HEADER_BYTES, type StateHeader } from "./runtime.ts";

/** One instance of an import-free module, with every pointer it gives checked. Shared by both backends and by verify/compare. */
export interface WasmInstance {
  /** Copies bytes into memory the module allocated. Throws out_of_memory or trapped. */
  put(bytes: Uint8Array): { pointer: number; length: number };
  /** Copies `length` bytes out; throws `code` when they do not lie in the memory. */
  take(packed: bigint, what: string, code: KernelErrorCode, maxBytes: number): Bytes;
  /** Calls an export, turning a trap into KernelError trapped (or out_of_memory). */
  call<T>(name: string, ...args: number[]): T;
}

const PAGE_BYTES = 65_536;

const compiled = new WeakMap<LoadedKernel, WebAssembly.Module>();

/** Validates, compiles (once per kernel object) and instantiates the kernel's module. */
export async function instantiateKernel(kernel: LoadedKernel): Promise<WasmInstance> {
  const known = compiled.get(kernel);
  if (known !== undefined) return instantiate(known);
  const wasm = kernel.manifest.backends.wasm;
  if (wasm === undefined || kernel.module === undefined) {
    throw new KernelError("module_invalid", `kernel ${kernel.manifest.name} has no WASM module`);
  }
  const module = await compileModule(kernel.module, { role: "kernel", maxMemoryPages: wasm.maxMemoryPages });
  compiled.set(kernel, module);
  return instantiate(module);
}

export async function compileModule(
  bytes: Bytes,
  limits: { role: ModuleRole; maxMemoryPages: number },
): Promise<WebAssembly.Module> {
  validateModule(bytes, limits);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new KernelError("module_invalid", `the module does not compile here: ${messageOf(cause)}`, { cause });
  }
}

/** No imports are offered; a start function runs here, so the caller watches this call like a step. */
export async function instantiate(module: WebAssembly.Module): Promise<WasmInstance> {
  let exports: WebAssembly.Exports;
  try {
    exports = (await WebAssembly.instantiate(module)).exports;
  } catch (cause) {
    throw trapError("its start", cause, null);
  }
  const memory = exports["memory"] as WebAssembly.Memory;

  function call<T>(name: string, ...args: number[]): T {
    const target = exports[name] as (...args: number[]) => T;
    try {
      return target(...args);
    } catch (cause) {
      throw trapError(name, cause, memory);
    }
  }

  function inside(pointer: number, length: number): boolean {
    return pointer + length <= memory.buffer.byteLength;
  }

  return {
    call,
    put(bytes) {
      const length = bytes.byteLength;
      const pointer = call<number>("alloc", length) >>> 0;
      if (pointer === 0 && length > 0) {
        throw new KernelError("out_of_memory", `the kernel has no room for ${length} bytes within its declared memory`);
      }
      if (!inside(pointer, length)) {
        throw new KernelError("state_invalid", `alloc(${length}) gave ${pointer}, outside the module's memory`);
      }
      new Uint8Array(memory.buffer, pointer, length).set(bytes);
      return { pointer, length };
    },
    take(packed, what, code, maxBytes) {
      const pointer = Number(BigInt.asUintN(32, packed >> 32n));
      const length = Number(BigInt.asUintN(32, packed));
      if (!inside(pointer, length)) {
        const size = memory.buffer.byteLength;
        throw new KernelError(code, `${what} names bytes ${pointer}+${length}, outside the module's memory of ${size}`);
      }
      if (length > maxBytes) {
        const tooLarge = code === "output_invalid" ? "output_too_large" : code;
        throw new KernelError(tooLarge, `${what} gave ${length} bytes; the limit is ${maxBytes}`);
      }
      return new Uint8Array(memory.buffer, pointer, length).slice();
    },
  };
}

/**
 * Allocators trap with a plain `unreachable` when they find no room, so a trap of `alloc`, or one with the memory at its
 * declared maximum, is called out_of_memory. A RangeError about memory is the browser's own refusal.
 */
function trapError(where: string, cause: unknown, memory: WebAssembly.Memory | null): KernelError {
  const text = messageOf(cause);
  if (cause instanceof RangeError && /memory/i.test(text)) {
    const message = `this device has no memory for the module: ${text}`;
    return new KernelError("out_of_memory", message, { cause, blame: "device" });
  }
  if (where === "alloc" || (memory !== null && isFull(memory))) {
    const pages = memory === null ? 0 : memory.buffer.byteLength / PAGE_BYTES;
    return new KernelError("out_of_memory", `the module ran out of memory in ${where}, at ${pages} pages: ${text}`, {
      cause,
    });
  }
  return new KernelError("trapped", `the module trapped in ${where}: ${text}`, { cause });
}

function isFull(memory: WebAssembly.Memory): boolean {
  try {
    memory.grow(1);
    return false;
  } catch {
    return true; // grow throws exactly when the maximum is reached or the device has no more
  }
}

/** Puts the files in order, builds the (ptr, len) table and calls `init`. */
export function initKernel(instance: WasmInstance, files: readonly Uint8Array[]): void {
  const table = new DataView(new ArrayBuffer(files.length * 8));
  files.forEach((file, index) => {
    const { pointer, length } = instance.put(file);
    table.setUint32(index * 8, pointer, true);
    table.setUint32(index * 8 + 4, length, true);
  });
  const { pointer } = instance.put(new Uint8Array(table.buffer));
  const code = instance.call<number>("init", files.length, pointer);
  if (code !== 0) {
    throw new KernelError("init_failed", `the kernel refuses its input (its error code ${code})`, { kernelCode: code });
  }
}

/** Hands a state to `load`. Whatever goes wrong here is the checkpoint's fault and a fresh start helps. */
export function loadState(instance: WasmInstance, state: Uint8Array, origin: "checkpoint" | "gpu"): void {
  const code = origin === "checkpoint" ? "checkpoint_rejected" : "state_invalid";
  if (state.byteLength < STATE_HEADER_BYTES) {
    throw new KernelError(code, `a state of ${state.byteLength} bytes has no header`);
  }
  let result: number;
  try {
    const { pointer, length } = instance.put(state);
    result = instance.call<number>("load", pointer, length);
  } catch (cause) {
    throw new KernelError(code, `the kernel cannot load the state: ${messageOf(cause)}`, { cause });
  }
  if (result !== 0) {
    throw new KernelError(code, `the kernel refuses the state (its error code ${result})`, { kernelCode: result });
  }
}

/** The state as a copy, with its header looked at. */
export function saveState(instance: WasmInstance): { state: Bytes; header: StateHeader } {
  const packed = instance.call<bigint>("save");
  const state = instance.take(packed, "save()", "state_invalid", Number.MAX_SAFE_INTEGER);
  const header = readStateHeader(state);
  if (header === null) throw new KernelError("state_invalid", "save() gave a state without a sensible header");
  return { state, header };
}

/** Throws step_failed when the state's status is an error code. */
export function assertHealthy(header: StateHeader): void {
  if (header.status >= 2) {
    throw new KernelError("step_failed", `the kernel failed (its error code ${header.status})`, {
      kernelCode: header.status,
    });
  }
}
