import { KernelError } from "../../worker/compute/kernel-error.ts";
import { type ModuleLimits, validateModule } from "../../worker/compute/validate-module.ts";
import { guardShader } from "../../worker/compute/wgsl-guard.ts";
import type { KernelManifest } from "../core/wire/kernel-manifest.ts";
import { Refusal } from "../refusal.ts";

/**
 * Looks at everything of a package that would run somewhere, without running it: modules import nothing and declare their
 * memory, every loop of a shader can be given its bound. The volunteers' runtimes check the same again.
 * @throws {Refusal}
 */
export function checkModules(manifest: KernelManifest, files: ReadonlyMap<string, Uint8Array>): void {
  const { backends, comparator, verify } = manifest;
  if (backends.wasm)
    checkModule(files, backends.wasm.module, { role: "kernel", maxMemoryPages: backends.wasm.maxMemoryPages });
  if (verify) checkModule(files, verify.module, { role: "verify", maxMemoryPages: verify.maxMemoryPages });
  if (comparator.type === "custom") {
    checkModule(files, comparator.module, { role: "compare", maxMemoryPages: backends.wasm?.maxMemoryPages ?? 1024 });
  }
  const { wgsl } = backends;
  if (wgsl) {
    const source = new TextDecoder().decode(files.get(wgsl.shader));
    refuseFaults(wgsl.shader, () => guardShader(source, wgsl.maxLoopIterations));
  }
}

function checkModule(files: ReadonlyMap<string, Uint8Array>, path: string, limits: ModuleLimits): void {
  const bytes = Uint8Array.from(files.get(path) ?? []);
  refuseFaults(path, () => validateModule(bytes, limits));
}

function refuseFaults(path: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw new Refusal("bad_request", `${path}: ${error.message}.`, { cause: error });
  }
}
