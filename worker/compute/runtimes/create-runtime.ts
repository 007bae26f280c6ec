import type { Backend, ComputeServices, LoadedKernel, Runtime } from "./runtime.ts";
import { createWasmRuntime } from "./wasm.ts";
import { createWgslRuntime } from "./wgsl.ts";

/** Compiles what the backend needs. Rejects with KernelError module_invalid, shader_invalid or backend_unavailable. */
export function createRuntime(kernel: LoadedKernel, backend: Backend, services: ComputeServices): Promise<Runtime> {
  switch (backend) {
    case "wasm":
      return createWasmRuntime(kernel, services);
    case "wgsl":
      return createWgslRuntime(kernel, services);
  }
}
