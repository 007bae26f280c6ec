import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import { KernelError } from "../kernel-error.ts";
import { type Bytes, fileOrder, type WorkInput } from "./runtime.ts";

const SEED_BYTES = 8;

/** One file by the name kernel.json uses for it ("input" and "seed" included). Throws input_invalid. */
export function fileOf(manifest: KernelManifest, work: WorkInput, name: string): Bytes {
  const bytes = name === "input" ? work.input : name === "seed" ? work.seed : work.files[name];
  if (bytes === undefined) throw new KernelError("input_invalid", `the workunit has no file ${name}`);
  if (name === "seed" && bytes.byteLength !== SEED_BYTES) {
    throw new KernelError("input_invalid", `a seed has ${SEED_BYTES} bytes, this one ${bytes.byteLength}`);
  }
  if (name === "input" && bytes.byteLength > manifest.limits.inputBytes) {
    const limit = manifest.limits.inputBytes;
    throw new KernelError("input_invalid", `the input has ${bytes.byteLength} bytes; kernel.json allows ${limit}`);
  }
  return bytes;
}

export function filesInOrder(manifest: KernelManifest, work: WorkInput): Bytes[] {
  return fileOrder(manifest).map((name) => fileOf(manifest, work, name));
}
