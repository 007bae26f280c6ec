import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { KERNEL_BUILDS } from "../../server/cli/build-kernels.ts";
import { type KernelManifest, kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import type { Bytes, LoadedKernel } from "../../worker/compute/runtimes/runtime.ts";

export interface KnownAnswer {
  readonly name: string;
  readonly input: Bytes;
  readonly files: Record<string, Bytes>;
  readonly seed?: Bytes;
  readonly expected: Bytes;
}

export interface BundledKernel {
  readonly kernel: LoadedKernel;
  readonly manifest: KernelManifest;
  readonly answers: readonly KnownAnswer[];
}

/** Everything in .build/kernels, as a volunteer would get it. */
export async function bundledKernels(): Promise<BundledKernel[]> {
  const entries = await readdir(KERNEL_BUILDS, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => loadKernel(join(KERNEL_BUILDS, name))));
}

export async function bundledKernel(name: string): Promise<BundledKernel> {
  return loadKernel(join(KERNEL_BUILDS, name));
}

async function loadKernel(folder: string): Promise<BundledKernel> {
  const bytes = async (path: string): Promise<Bytes> => new Uint8Array(await readFile(join(folder, path)));
  const manifest = kernelManifestSchema.parse(JSON.parse(await readFile(join(folder, "kernel.json"), "utf8")));
  const { wasm, wgsl } = manifest.backends;
  const kernel: LoadedKernel = {
    manifest,
    ...(wasm === undefined ? {} : { module: await bytes(wasm.module) }),
    ...(wgsl === undefined ? {} : { shader: await readFile(join(folder, wgsl.shader), "utf8") }),
    ...(manifest.comparator.type === "custom" ? { compare: await bytes(manifest.comparator.module) } : {}),
  };
  const answers = await Promise.all(
    manifest.examples.map(async (example): Promise<KnownAnswer> => {
      const files = await Promise.all(
        Object.entries(example.files).map(async ([name, path]) => [name, await bytes(path)] as const),
      );
      return {
        name: example.name,
        input: await bytes(example.input),
        files: Object.fromEntries(files),
        ...(example.seed === undefined ? {} : { seed: seedBytes(BigInt(example.seed)) }),
        expected: await bytes(example.output),
      };
    }),
  );
  return { kernel, manifest, answers };
}

/** A seed as kernels get it: 8 bytes, little-endian. */
export function seedBytes(seed: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, seed, true);
  return bytes;
}
