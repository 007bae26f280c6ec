import { KernelError } from "../kernel-error.ts";
import type { Bytes, ComputeServices, LoadedKernel, Runtime, StepReport, WorkInput } from "./runtime.ts";
import { initKernel, instantiateKernel, loadState, saveState, type WasmInstance } from "./wasm-instance.ts";
import { filesInOrder } from "./work-input.ts";

/** Runs a kernel's module in this thread. A step blocks the thread until it ends. */
export async function createWasmRuntime(kernel: LoadedKernel, services: ComputeServices): Promise<Runtime> {
  let instance: WasmInstance | null = await instantiateKernel(kernel);
  let done = false;

  function alive(): WasmInstance {
    if (instance === null) throw new KernelError("worker_failed", "this runtime was disposed of");
    return instance;
  }

  return {
    backend: "wasm",
    maxUnits: Number.POSITIVE_INFINITY,
    async init(work: WorkInput): Promise<void> {
      initKernel(alive(), filesInOrder(kernel.manifest, work));
      if (work.checkpoint !== undefined) loadState(alive(), work.checkpoint, "checkpoint");
    },
    async step(budget: number): Promise<StepReport> {
      const startedAt = services.now();
      const progress = alive().call<number>("step", budget);
      const milliseconds = services.now() - startedAt;
      if (progress < 0) {
        const code = -progress;
        throw new KernelError("step_failed", `the kernel failed (its error code ${code})`, { kernelCode: code });
      }
      if (!(progress <= 1)) {
        throw new KernelError("state_invalid", `step gave ${progress}; progress lies between 0 and 1`);
      }
      done = progress === 1;
      return { progress, done, units: budget, milliseconds };
    },
    async save(): Promise<Bytes> {
      return saveState(alive()).state;
    },
    async output(): Promise<Bytes> {
      if (!done) throw new KernelError("output_invalid", "the kernel has not finished");
      const packed = alive().call<bigint>("output");
      return alive().take(packed, "output()", "output_invalid", kernel.manifest.limits.outputBytes);
    },
    dispose() {
      instance = null;
    },
  };
}
