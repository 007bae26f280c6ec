import { Worker } from "node:worker_threads";
import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { KernelError } from "../../compute/kernel-error.ts";
import type { ComputeApi, ComputeHandle } from "../../protocol.ts";
import { proxied } from "../proxied.ts";
import { nodeEndpoint } from "./node-endpoint.ts";

/** Starts a compute thread. Its `terminate` also stops an endless WASM loop. */
export function spawnCompute(): ComputeHandle {
  prepare();
  const thread = new Worker(new URL("./compute-thread.ts", import.meta.url));
  const remote = Comlink.wrap<ComputeApi>(nodeEndpoint(thread));
  const failure = new Promise<Error>((resolve) => {
    thread.on("error", (cause: Error) => {
      resolve(new KernelError("worker_failed", `a compute thread failed: ${cause.message}`, { cause }));
    });
    thread.on("exit", (code) =>
      resolve(new KernelError("worker_failed", `a compute thread ended (exit code ${code})`)),
    );
  });
  return {
    api: proxied(remote),
    failure,
    terminate: () => void thread.terminate(),
  };
}

let prepared = false;

function prepare(): void {
  if (!prepared) keepKernelErrors(Comlink.transferHandlers);
  prepared = true;
}
