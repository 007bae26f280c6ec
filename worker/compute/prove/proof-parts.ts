import type { Bytes, LoadedKernel } from "../runtimes/runtime.ts";
import type { Speed } from "./proof-report.ts";
import type { ProvablePackage } from "./prove-kernel.ts";
import { type ProofRunResult, TARGET_STEP_MS } from "./run-steps.ts";

/** What the runtimes take, of a package. */
export function loadedKernel({ manifest, files }: ProvablePackage): LoadedKernel {
  const { backends, comparator } = manifest;
  const module = backends.wasm === undefined ? undefined : files.get(backends.wasm.module);
  const shader = backends.wgsl === undefined ? undefined : files.get(backends.wgsl.shader);
  const compare = comparator.type === "custom" ? files.get(comparator.module) : undefined;
  return {
    manifest,
    ...(module === undefined ? {} : { module }),
    ...(shader === undefined ? {} : { shader: new TextDecoder().decode(shader) }),
    ...(compare === undefined ? {} : { compare }),
  };
}

/** A seed as kernels get it: 8 bytes, little-endian. */
export function seedBytes(seed: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, seed, true);
  return bytes;
}

export function speedOf(results: readonly ProofRunResult[]): Speed {
  const units = results.reduce((sum, result) => sum + result.units, 0);
  const examplesMs = results.reduce((sum, result) => sum + result.computeMs, 0);
  const unitsPerSecond = examplesMs === 0 ? 0 : (units / examplesMs) * 1000;
  return {
    unitsPerSecond,
    unitsPerStep: Math.max(
      1,
      Math.min(
        ...results.map((result) => result.unitsPerStep),
        Math.ceil((unitsPerSecond * TARGET_STEP_MS) / 1000) || 1,
      ),
    ),
    longestStepMs: Math.max(...results.map((result) => result.longestStepMs)),
    examplesMs,
  };
}
