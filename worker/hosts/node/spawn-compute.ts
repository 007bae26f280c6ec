import { Worker } from "node:worker_threads";
import { KernelError } from "../../compute/kernel-error.ts";
import type { ComputeApi, ComputeHandle } from "../../protocol.ts";
import { proxied, wrapped } from "../proxied.ts";
import { nodeEndpoint } from "./node-endpoint.ts";

/** Starts a compute thread. Its `terminate` also stops an endless WASM loop. */
export function spawnCompute(): ComputeHandle {
  const thread = new Worker(new URL("./compute-thread.ts", import.meta.url));
  const remote = wrapped<ComputeApi>(nodeEndpoint(thread));
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
