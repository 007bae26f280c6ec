import { delay } from "../../../worker/compute/delay.ts";
import { KernelError, toKernelErrorRecord } from "../../../worker/compute/kernel-error.ts";
import { DEFAULT_PACE } from "../../../worker/compute/pace.ts";
import { readPackageFiles } from "../../../worker/compute/package/read-package.ts";
import { createGpuHolder } from "../../../worker/compute/runtimes/gpu-device.ts";
import type { ComputeServices, LoadedKernel } from "../../../worker/compute/runtimes/runtime.ts";
import { watchRun } from "../../../worker/compute/watch-run.ts";
import { spawnCompute } from "../../../worker/hosts/browser/spawn-compute.ts";
import { proveInBrowser } from "../../../worker/page/prove-kernel.ts";
import type { ComputeHandle, ComputeListener } from "../../../worker/protocol.ts";
import { drive } from "../drive.ts";
import { decode, encode, type LabCall, type LabReply } from "./wire.ts";

/** The browser's end of the kernel suite: the runtime in the page itself, and the real compute worker. */

// Absent where the browser knows no WebGPU.
const gpu = (navigator as { gpu?: GPU }).gpu;
const holder = gpu === undefined ? null : createGpuHolder(gpu, delay);
const services: ComputeServices = { now: () => performance.now(), delay, breathe: () => delay(0), gpu: holder };

const kernels = new Map<string, LoadedKernel>();
let worker: ComputeHandle | null = null;

function kernelOf(key: string): LoadedKernel {
  const kernel = kernels.get(key);
  if (kernel === undefined) throw new Error(`no kernel ${key}`);
  return kernel;
}

async function workerWith(key: string): Promise<ComputeHandle> {
  worker ??= spawnCompute();
  if (!(await worker.api.hasKernel(key))) await worker.api.loadKernel(key, kernelOf(key));
  return worker;
}

async function answer(call: LabCall): Promise<unknown> {
  switch (call.type) {
    case "load":
      kernels.set(call.key, call.kernel);
      return null;
    case "drive":
      return drive({ ...call, kernel: kernelOf(call.key) }, services);
    case "capabilities":
      worker ??= spawnCompute();
      return worker.api.capabilities();
    case "run": {
      const handle = await workerWith(call.task.kernelKey);
      await handle.api.setPace(call.pace ?? DEFAULT_PACE);
      const checkpoints: unknown[] = [];
      const steps: number[] = [];
      const listener: Partial<ComputeListener> = {
        onCheckpoint: (checkpoint) => void checkpoints.push(checkpoint),
        onProgress: (progress) => {
          Object.assign(globalThis, { labProgress: progress.progress }); // for tests that act in mid-run
          steps.push(progress.stepMs);
          if (call.stopAt !== undefined && progress.progress >= call.stopAt) void handle.api.stop({ checkpoint: true });
        },
      };
      try {
        const start = (watching: ComputeListener) => handle.api.run(call.task, watching);
        return { outcome: await watchRun(handle, services, start, { listener }), checkpoints, steps };
      } catch (error) {
        if (error instanceof KernelError && ["hung", "worker_failed"].includes(error.code)) worker = null;
        throw error;
      }
    }
    case "prove": {
      const dropped = Object.entries(call.files).map(([path, bytes]) => ({ file: new File([bytes], path), path }));
      const reading = await readPackageFiles(dropped);
      if (!reading.ok) return { reading };
      const progress: unknown[] = [];
      const report = await proveInBrowser(reading.package, { onProgress: (each) => progress.push(each) });
      return { reading: { ok: true }, report, progress };
    }
    case "probe": {
      const handle = await workerWith(call.request.kernelKey);
      return watchRun(handle, services, (listener) => handle.api.probe(call.request, listener));
    }
  }
}

async function lab(text: string): Promise<string> {
  let reply: LabReply;
  try {
    reply = { ok: true, value: await answer(decode(text) as LabCall) };
  } catch (error) {
    const record = error instanceof KernelError ? toKernelErrorRecord(error) : null;
    reply = { ok: false, kernelError: record, message: error instanceof Error ? `${error.stack}` : String(error) };
  }
  return encode(reply);
}

Object.assign(globalThis, { lab, labProgress: 0 });
