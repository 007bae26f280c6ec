import { KernelError, messageOf } from "../kernel-error.ts";
import type { GpuHolder } from "./gpu-device.ts";
import type { ComputeServices } from "./runtime.ts";

/** How long a rejected GPU call waits for the news that the device is gone, which may come a moment later. */
const LOSS_GRACE_MS = 500;

const SLICES = 4;

export interface GpuWait {
  readonly device: GPUDevice;
  readonly gpu: GpuHolder;
  readonly services: ComputeServices;
  readonly timeoutMs: number;
  /** What is waited for, in the error's words. */
  readonly what: string;
}

/**
 * Waits for GPU work, which may end in four ways: done, rejected, the device lost, or never (after a loss most promises
 * resolve, a hung driver says nothing at all). Rejects with KernelError hung or device_lost, or what the work rejected
 * with when that was a KernelError. After a timeout the device is abandoned.
 */
export async function gpuDone<T>(work: Promise<T>, wait: GpuWait): Promise<T> {
  const { device, gpu, services, timeoutMs, what } = wait;
  const known = gpu.lossOf(device);
  if (known !== null) throw lost(known);
  const settled = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    const unsubscribe = gpu.onLoss(device, (reason) => reject(lost(reason)));
    void patience(timeoutMs, services, settled.signal).then(() => {
      unsubscribe();
      if (settled.signal.aborted) return;
      // Before `abandon`, which tells every other wait on this device that it is lost.
      reject(new KernelError("hung", `the GPU did not finish ${what} within ${timeoutMs / 1000} s`));
      gpu.abandon(device, `${what} did not end in time`);
    });
  });
  try {
    return await Promise.race([work, interrupted]);
  } catch (cause) {
    if (cause instanceof KernelError) throw cause;
    if (gpu.lossOf(device) === null) await services.delay(LOSS_GRACE_MS);
    const reason = gpu.lossOf(device);
    if (reason !== null) throw lost(reason, cause);
    throw new KernelError("step_failed", `the GPU refused the work: ${messageOf(cause)}`, { cause });
  } finally {
    settled.abort();
  }
}

/** In slices: a computer that slept wakes with one timer overdue, and the GPU must still get the rest of its time. */
async function patience(milliseconds: number, services: ComputeServices, signal: AbortSignal): Promise<void> {
  for (let slice = 0; slice < SLICES && !signal.aborted; slice++) await services.delay(milliseconds / SLICES, signal);
}

function lost(reason: string, cause?: unknown): KernelError {
  return new KernelError("device_lost", `the GPU device was lost: ${reason}`, { cause });
}
