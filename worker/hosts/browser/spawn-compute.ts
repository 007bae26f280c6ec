import type { ComputeApi, ComputeHandle } from "../../protocol.ts";
import { proxied, wrapped } from "../proxied.ts";
import { failureOf } from "./worker-failure.ts";

/** A compute worker that was started elsewhere, as its owner holds it. */
export function computeHandle(worker: Worker): ComputeHandle {
  const remote = wrapped<ComputeApi>(worker);
  return {
    api: proxied(remote),
    failure: failureOf(worker, "a compute worker"),
    terminate: () => worker.terminate(),
  };
}

/** Bundlers find and build the script of compute workers by this very form of the call. */
export function startComputeWorker(): Worker {
  return new Worker(new URL("./compute.worker.ts", import.meta.url), { type: "module" });
}

/** Starts a compute worker for whoever calls, which must be a page: see compute-lender.ts. */
export function spawnCompute(): ComputeHandle {
  return computeHandle(startComputeWorker());
}
