import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildKernels, KERNEL_BUILDS } from "../../server/cli/build-kernels.ts";
import { type KernelManifest, kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";

/** The shortest way to run a kernel's WASM: no threads, no clock, every budget chosen by the test. */

interface KernelExports {
  memory: WebAssembly.Memory;
  alloc(bytes: number): number;
  init(files: number, table: number): number;
  step(budget: number): number;
  output(): bigint;
  save(): bigint;
  load(pointer: number, length: number): number;
}

interface VerifyExports {
  memory: WebAssembly.Memory;
  alloc(bytes: number): number;
  verify(pointerIn: number, lengthIn: number, pointerOut: number, lengthOut: number): number;
}

export interface BundledKernel {
  readonly manifest: KernelManifest;
  /** A file of the build, e.g. an example's output. */
  file(path: string): Promise<Uint8Array<ArrayBuffer>>;
  instance(): KernelRun;
  /** The kernel's own verifier on a fresh instance. */
  verify(input: Uint8Array, output: Uint8Array): number;
}

export async function openKernel(name: string): Promise<BundledKernel> {
  await buildKernels({ only: name });
  const file = async (path: string) => Uint8Array.from(await readFile(join(KERNEL_BUILDS, name, path)));
  const manifest = kernelManifestSchema.parse(JSON.parse(new TextDecoder().decode(await file("kernel.json"))));
  if (manifest.backends.wasm === undefined) throw new Error(`${name} has no WASM module`);
  const module = new WebAssembly.Module(await file(manifest.backends.wasm.module));
  const verifier = manifest.verify === undefined ? null : new WebAssembly.Module(await file(manifest.verify.module));
  return {
    manifest,
    file,
    instance: () => new KernelRun(new WebAssembly.Instance(module).exports as unknown as KernelExports),
    verify: (input, output) => {
      if (verifier === null) throw new Error(`${name} has no verifier`);
      const exports = new WebAssembly.Instance(verifier).exports as unknown as VerifyExports;
      const put = (bytes: Uint8Array) => {
        const pointer = exports.alloc(bytes.byteLength);
        new Uint8Array(exports.memory.buffer).set(bytes, pointer);
        return pointer;
      };
      return exports.verify(put(input), input.byteLength, put(output), output.byteLength);
    },
  };
}

/** One instance of a kernel and its workunit. */
export class KernelRun {
  readonly #exports: KernelExports;

  constructor(exports: KernelExports) {
    this.#exports = exports;
  }

  #put(bytes: Uint8Array): number {
    const pointer = this.#exports.alloc(bytes.byteLength);
    new Uint8Array(this.#exports.memory.buffer).set(bytes, pointer);
    return pointer;
  }

  #take(packed: bigint): Uint8Array<ArrayBuffer> {
    const bits = BigInt.asUintN(64, packed);
    const pointer = Number(bits >> 32n);
    return new Uint8Array(this.#exports.memory.buffer).slice(pointer, pointer + Number(bits & 0xffffffffn));
  }

  /** File 0 is the input. Returns the kernel's code, 0 = ok. */
  init(files: readonly (Uint8Array | string)[]): number {
    const table = new Uint32Array(2 * files.length);
    for (const [index, file] of files.entries()) {
      const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
      table[2 * index] = this.#put(bytes);
      table[2 * index + 1] = bytes.byteLength;
    }
    return this.#exports.init(files.length, this.#put(new Uint8Array(table.buffer)));
  }

  step(budget: number): number {
    return this.#exports.step(budget);
  }

  save(): Uint8Array<ArrayBuffer> {
    return this.#take(this.#exports.save());
  }

  load(state: Uint8Array): number {
    return this.#exports.load(this.#put(state), state.byteLength);
  }

  output(): Uint8Array<ArrayBuffer> {
    return this.#take(this.#exports.output());
  }

  /** Steps of this budget to the end, then the output. Throws on an error code. */
  finish(budget = 1 << 20): Uint8Array<ArrayBuffer> {
    for (let progress = 0; progress < 1; ) {
      progress = this.step(budget);
      if (progress < 0) throw new Error(`the kernel failed with code ${-progress}`);
    }
    return this.output();
  }
}

/** The 8 bytes of a file `seed`. */
export function seedBytes(seed: bigint | number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seed), true);
  return bytes;
}
