import { sayReason } from "../../server/core/replication/comparators/say-reason.ts";
import type { Reason } from "../../server/core/wire/reason.ts";
import { KernelError, type KernelErrorCode } from "../compute/kernel-error.ts";
import type { LookedAt } from "../compute/prove/peek-output.ts";
import type { Difference } from "../compute/prove/proof-report.ts";
import type { ProveApi, ProveHandle } from "../compute/prove/prove-service.ts";
import type { Backend, Bytes, ComputeServices, WorkInput } from "../compute/runtimes/runtime.ts";
import { watchRun } from "../compute/watch-run.ts";
import type { ComputeApi, ComputeHandle, ComputeListener, SpawnCompute } from "../protocol.ts";
import type { LibraryKernel } from "../supervisor/kernel-library.ts";

/** Workunits computed once, here and now, for whoever looks at the page: with a volunteer's own means, and reported to nobody. */

/** auto: the graphics card where it can, else the processor. */
export type BackendWish = "auto" | Backend;

export interface HereHost {
  readonly spawnCompute: SpawnCompute;
  readonly spawnProve: () => ProveHandle;
  readonly services: Pick<ComputeServices, "delay">;
}

export type HereStage =
  | { readonly stage: "fetching"; readonly files: number; readonly bytes: number }
  /** The program's own first example: a device that gets it wrong says nothing about anybody's answer. */
  | { readonly stage: "trying"; readonly backend: Backend }
  | { readonly stage: "computing"; readonly backend: Backend; readonly progress: number }
  | { readonly stage: "comparing" };

/**
 * Why a backend does not compute. absent: it is not here; simulated: by the processor, which is slower; wrong: it gets the
 * program's own example wrong; failed: it does not get to an answer. What a device says is a sentence without a full stop, English.
 */
export type PassedOver =
  | { readonly why: "absent" | "simulated" | "failed"; readonly reason: string; readonly code?: KernelErrorCode }
  | { readonly why: "wrong"; readonly reason: Reason };

export interface Computed {
  readonly backend: Backend;
  /** The graphics card's own name; "" of a processor. */
  readonly device: string;
  /** Why the backend that comes first did not compute it; null: it did. */
  readonly passedOver: PassedOver | null;
  readonly output: Bytes;
  readonly sha256: string;
  /** Milliseconds in the kernel, without fetching and trying. */
  readonly computeMs: number;
}

export interface HereOptions {
  readonly wish: BackendWish;
  /** With `auto`: this one first. */
  readonly preferred?: Backend;
  readonly signal: AbortSignal;
  readonly onStage: (stage: HereStage) => void;
}

export interface Here {
  /** @throws {KernelError}, or the signal's reason. The next one may be computed after a failure too. */
  compute(work: WorkInput): Promise<Computed>;
  /** As the kernel itself says: its comparator. */
  compare(expected: Bytes, found: Bytes): Promise<{ readonly agrees: boolean; readonly reason: Reason }>;
  difference(expected: Bytes, found: Bytes): Promise<Difference | null>;
  look(output: Bytes): Promise<LookedAt>;
  /** Ends its workers at once. */
  end(): void;
}

type Chosen = { readonly backend: Backend; readonly device: string };

export function createHere(kernel: LibraryKernel, host: HereHost, options: HereOptions): Here {
  return new OneKernel(kernel, host, options);
}

class OneKernel implements Here {
  readonly #kernel: LibraryKernel;
  readonly #host: HereHost;
  readonly #options: HereOptions;
  #computeWorker: ComputeHandle | null = null;
  #judge: ProveHandle | null = null;
  #candidates: Backend[];
  #chosen: Chosen | null = null;
  #passedOver: PassedOver | null = null;

  constructor(kernel: LibraryKernel, host: HereHost, options: HereOptions) {
    this.#kernel = kernel;
    this.#host = host;
    this.#options = options;
    this.#candidates = candidatesOf(kernel, options);
  }

  async compute(work: WorkInput): Promise<Computed> {
    for (;;) {
      const chosen = this.#chosen ?? (await this.#choose());
      try {
        return await this.#run(chosen, work);
      } catch (error) {
        // What the device cannot do another backend may; what the program gets wrong is for its author to see.
        if (!(error instanceof KernelError) || error.blame !== "device") throw error;
        if (!this.#passOver({ why: "failed", reason: error.message, code: error.code })) throw error;
      }
    }
  }

  compare(expected: Bytes, found: Bytes) {
    return this.#asked((api, listener) => api.compare(expected, found, listener));
  }

  difference(expected: Bytes, found: Bytes) {
    return this.#asked((api, listener) => api.difference(expected, found, listener));
  }

  look(output: Bytes) {
    return this.#asked((api, listener) => api.look(output, listener));
  }

  end(): void {
    this.#computeWorker?.terminate();
    this.#judge?.terminate();
    this.#computeWorker = null;
    this.#judge = null;
  }

  async #run({ backend, device }: Chosen, work: WorkInput): Promise<Computed> {
    const { onStage } = this.#options;
    const { input, files, seed } = work;
    onStage({ stage: "computing", backend, progress: 0 });
    const task = { kernelKey: this.#kernel.hash, backend, input, files, ...(seed === undefined ? {} : { seed }) };
    // Its progress comes by another way than its end, and may come after it.
    let isOver = false;
    const outcome = await this.#watched(
      (api, listener) => api.run({ ...task, checkpointEveryMs: 0 }, listener),
      ({ progress }) => (isOver ? undefined : onStage({ stage: "computing", backend, progress })),
    ).finally(() => {
      isOver = true;
    });
    if (outcome.type !== "finished") throw new KernelError("worker_failed", "the run was stopped");
    const { output, digest, timing } = outcome;
    const { computeMs } = timing;
    return { backend, device, passedOver: this.#passedOver, output, sha256: digest, computeMs };
  }

  /** The first candidate that is there and gets the program's own example right. */
  async #choose(): Promise<Chosen> {
    for (;;) {
      const [backend] = this.#candidates;
      if (backend === undefined) {
        throw new KernelError("backend_unavailable", "the program has no version for this backend");
      }
      const found = await this.#tried(backend);
      if ("backend" in found) {
        this.#chosen = found;
        return found;
      }
      if (!this.#passOver(found)) throw new KernelError("backend_unavailable", sayPassedOver(found));
    }
  }

  async #tried(backend: Backend): Promise<Chosen | PassedOver> {
    const { wish, onStage } = this.#options;
    let device = "";
    if (backend === "wgsl") {
      const { gpu, gpuReason } = await this.#watched((api) => api.capabilities());
      if (gpu === null) return { why: "absent", reason: gpuReason };
      if (gpu.fallback && wish === "auto") return { why: "simulated", reason: "the adapter is a software adapter" };
      device = [gpu.vendor, gpu.architecture, gpu.device, gpu.description].filter((word) => word !== "").join(" ");
    }
    onStage({ stage: "trying", backend });
    const request = { ...this.#kernel.example, kernelKey: this.#kernel.hash, backend };
    try {
      const report = await this.#watched((api, listener) => api.probe(request, listener));
      if (report.verdict === "ok") return { backend, device };
      if (report.verdict === "failed") return { why: "failed", reason: report.reason, code: report.code };
      return { why: "wrong", reason: report.reason };
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!(error instanceof KernelError)) throw error;
      return { why: "failed", reason: error.message, code: error.code };
    }
  }

  /** @returns false: there is nothing else to try. */
  #passOver(found: PassedOver): boolean {
    if (this.#candidates.length < 2) return false;
    this.#passedOver ??= found;
    this.#candidates = this.#candidates.slice(1);
    this.#chosen = null;
    return true;
  }

  async #watched<T>(
    work: (api: ComputeApi, listener: ComputeListener) => Promise<T>,
    onProgress: ComputeListener["onProgress"] = () => undefined,
  ): Promise<T> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const fresh = this.#computeWorker === null;
    const worker = this.#computeWorker ?? this.#host.spawnCompute();
    this.#computeWorker = worker;
    const { hash, kernel } = this.#kernel;
    try {
      return await watchRun(
        worker,
        this.#host.services,
        async (listener) => {
          if (fresh) await worker.api.loadKernel(hash, kernel);
          return await work(worker.api, listener);
        },
        { listener: { onProgress }, signal },
      );
    } catch (error) {
      // It may be dead, or in the middle of something.
      worker.terminate();
      this.#computeWorker = null;
      throw error;
    }
  }

  async #asked<T>(work: (api: ProveApi, listener: ComputeListener) => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const fresh = this.#judge === null;
    const judge = this.#judge ?? this.#host.spawnProve();
    this.#judge = judge;
    try {
      return await watchRun(
        judge,
        this.#host.services,
        async (listener) => {
          if (fresh) await judge.api.load(this.#kernel.kernel);
          return await work(judge.api, listener);
        },
        { signal },
      );
    } catch (error) {
      judge.terminate();
      this.#judge = null;
      throw error;
    }
  }
}

function candidatesOf({ backends }: LibraryKernel, { wish, preferred }: HereOptions): Backend[] {
  if (wish !== "auto") return backends.filter((backend) => backend === wish);
  return [...backends].sort((a, b) => Number(b === preferred) - Number(a === preferred));
}

function sayPassedOver({ why, reason }: PassedOver): string {
  return why === "wrong" ? `it gets the program's own example wrong: ${sayReason(reason)}` : reason;
}
