import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { KernelError } from "../../compute/kernel-error.ts";
import type { ComputeApi, ComputeHandle } from "../../protocol.ts";
import { proxied } from "../proxied.ts";

/** A compute worker that was started elsewhere, as its owner holds it. */
export function computeHandle(worker: Worker): ComputeHandle {
  prepare();
  const remote = Comlink.wrap<ComputeApi>(worker);
  const failure = new Promise<Error>((resolve) => {
    worker.addEventListener("error", (event) => {
      const what = event.message === "" ? "its script could not be loaded" : event.message;
      resolve(new KernelError("worker_failed", `a compute worker failed: ${what}`));
    });
    worker.addEventListener("messageerror", () => {
      resolve(new KernelError("worker_failed", "a message of a compute worker could not be read"));
    });
  });
  return {
    api: proxied(remote),
    failure,
    terminate: () => worker.terminate(),
  };
}

/** Starts a compute worker; bundlers find and build its script by this very form of the call. */
export function spawnCompute(): ComputeHandle {
  return computeHandle(new Worker(new URL("./compute.worker.ts", import.meta.url), { type: "module" }));
}

let prepared = false;

function prepare(): void {
  if (!prepared) keepKernelErrors(Comlink.transferHandlers);
  prepared = true;
}
