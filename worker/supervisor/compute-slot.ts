import { KernelError, messageOf } from "../compute/kernel-error.ts";
import { watchRun } from "../compute/watch-run.ts";
import type { ComputeHandle, ComputeListener, ComputeOutcome, ComputeTask, Pace, ProbeReport } from "../protocol.ts";
import type { Host } from "./host.ts";
import type { LibraryKernel } from "./kernel-library.ts";
import { patientDelay } from "./patient-delay.ts";

/** One compute worker in this client's hands. Every method rejects with KernelError; after hung or worker_failed it is gone. */
export interface ComputeSlot {
  /** Resolves when the compute worker answers. */
  ready(): Promise<void>;
  run(
    kernel: LibraryKernel,
    task: Omit<ComputeTask, "kernelKey">,
    listener: Partial<ComputeListener>,
  ): Promise<ComputeOutcome>;
  probe(kernel: LibraryKernel, backend: ComputeTask["backend"], classFrom?: number): Promise<ProbeReport>;
  setPace(pace: Pace): void;
  stop(checkpoint: boolean): void;
  terminate(): void;
  /** Resolves when it dies by itself. */
  readonly failure: Promise<Error>;
  readonly handle: ComputeHandle;
}

const START_WITHIN_MS = 30_000;

export function openComputeSlot(host: Host): ComputeSlot {
  const handle = host.spawnCompute();
  const services = { delay: (ms: number, signal?: AbortSignal) => patientDelay(host, ms, signal) };
  const aborted = new AbortController();

  async function load(kernel: LibraryKernel): Promise<void> {
    if (await answered(handle.api.hasKernel(kernel.hash))) return;
    await answered(handle.api.loadKernel(kernel.hash, kernel.kernel));
  }

  /** A dead worker settles nothing: every call is raced against its death and against silence. */
  async function answered<T>(call: Promise<T>): Promise<T> {
    const enough = new AbortController();
    const silence = services.delay(START_WITHIN_MS, enough.signal).then((): never => {
      throw new KernelError("worker_failed", "a compute worker does not answer");
    });
    const death = handle.failure.then((cause): never => {
      throw cause instanceof KernelError ? cause : new KernelError("worker_failed", messageOf(cause), { cause });
    });
    silence.catch(() => undefined);
    death.catch(() => undefined);
    try {
      return await Promise.race([call, silence, death]);
    } finally {
      enough.abort();
    }
  }

  /** Comlink loses nothing of a refused call but its reason is already told by the run that it belongs to. */
  function tell(call: Promise<void>): void {
    call.catch((error: unknown) =>
      host.log("debug", "a compute worker did not take a message", { error: messageOf(error) }),
    );
  }

  return {
    handle,
    failure: handle.failure,
    ready: async () => void (await answered(handle.api.hasKernel(""))),
    async run(kernel, task, listener) {
      await load(kernel);
      const full = { ...task, kernelKey: kernel.hash };
      return watchRun(handle, services, (l) => handle.api.run(full, l), { listener, signal: aborted.signal });
    },
    async probe(kernel, backend, classFrom) {
      await load(kernel);
      const request = {
        ...kernel.example,
        kernelKey: kernel.hash,
        backend,
        ...(classFrom === undefined ? {} : { classFrom }),
      };
      return watchRun(handle, services, (l) => handle.api.probe(request, l), { signal: aborted.signal });
    },
    setPace: (pace) => tell(handle.api.setPace(pace)),
    stop: (checkpoint) => tell(handle.api.stop({ checkpoint })),
    terminate() {
      aborted.abort(new KernelError("worker_failed", "the compute worker was ended"));
      handle.terminate();
    },
  };
}
