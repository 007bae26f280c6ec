import type { Capabilities, ComputeApi, ComputeListener, Pace } from "../protocol.ts";
import { messageOf } from "./kernel-error.ts";
import { DEFAULT_PACE } from "./pace.ts";
import { probe } from "./probe.ts";
import { createRunControl, type RunControl } from "./run-control.ts";
import { runWorkunit } from "./run-workunit.ts";
import type { ComputeServices, LoadedKernel } from "./runtimes/runtime.ts";

export interface ComputeHost {
  readonly services: ComputeServices;
  /** Why there is no GPU, when `services.gpu` is null. */
  readonly gpuReason: string;
  /** Lets go of a listener that came as a proxy; its messages would keep a port open for as long as the worker lives. */
  releaseListener(listener: ComputeListener): void;
}

/** `i8x16.splat` in a function: valid only where SIMD is. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** What a compute worker does, on any host: keeps kernels, runs one workunit at a time. */
export function createComputeService({ services, gpuReason, releaseListener }: ComputeHost): ComputeApi {
  const kernels = new Map<string, LoadedKernel>();
  let pace: Pace = DEFAULT_PACE;
  let running: RunControl | null = null;

  function kernelOf(key: string): LoadedKernel {
    const kernel = kernels.get(key);
    if (kernel === undefined) throw new TypeError(`kernel ${key} was not loaded into this compute worker`);
    return kernel;
  }

  async function exclusively<T>(listener: ComputeListener, work: (control: RunControl) => Promise<T>): Promise<T> {
    if (running !== null) throw new TypeError("this compute worker is already running a workunit");
    const control = createRunControl(services, pace);
    running = control;
    try {
      return await work(control);
    } finally {
      running = null;
      releaseListener(listener);
    }
  }

  return {
    async capabilities(): Promise<Capabilities> {
      const gpu = services.gpu === null ? null : await services.gpu.describe().catch(messageOf);
      const reason = typeof gpu === "string" ? gpu : "no usable WebGPU adapter";
      return {
        wasm: true,
        simd: WebAssembly.validate(SIMD_MODULE),
        gpu: typeof gpu === "string" ? null : gpu,
        gpuReason: services.gpu === null ? gpuReason : gpu === null || typeof gpu === "string" ? reason : "",
      };
    },
    async loadKernel(key, kernel) {
      kernels.set(key, kernel);
    },
    async hasKernel(key) {
      return kernels.has(key);
    },
    async forgetKernel(key) {
      kernels.delete(key);
    },
    async run(task, listener) {
      const kernel = kernelOf(task.kernelKey);
      return exclusively(listener, (control) =>
        runWorkunit({ kernel, task, services, control, listener: tolerant(listener) }),
      );
    },
    async probe(request, listener) {
      const kernel = kernelOf(request.kernelKey);
      return exclusively(listener, () => probe({ kernel, request, services, listener: tolerant(listener) }));
    },
    async setPace(changed) {
      pace = changed;
      running?.setPace(changed);
    },
    async requestCheckpoint() {
      running?.requestCheckpoint();
    },
    async stop(options) {
      running?.stop(options);
    },
  };
}

/** A proxied listener answers with promises; one that rejects belongs to an owner who is gone and will end this thread. */
function tolerant(listener: ComputeListener): ComputeListener {
  const ignore = (answer: unknown): void => {
    if (answer instanceof Promise) answer.catch(() => undefined);
  };
  return {
    onHeartbeat: (beat) => ignore(listener.onHeartbeat(beat)),
    onProgress: (progress) => ignore(listener.onProgress(progress)),
    onCheckpoint: (checkpoint) => ignore(listener.onCheckpoint(checkpoint)),
  };
}
