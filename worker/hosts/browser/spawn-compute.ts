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

/** Starts a compute worker; bundlers find and build its script by this very form of the call. */
export function spawnCompute(): ComputeHandle {
  return computeHandle(new Worker(new URL("./compute.worker.ts", import.meta.url), { type: "module" }));
}
