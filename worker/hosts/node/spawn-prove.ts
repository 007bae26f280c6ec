import { Worker } from "node:worker_threads";
import { delay } from "../../compute/delay.ts";
import { KernelError } from "../../compute/kernel-error.ts";
import type { ProveHost } from "../../compute/prove/prove-kernel.ts";
import type { ProveApi, ProveHandle } from "../../compute/prove/prove-service.ts";
import { proxiedProof, wrapped } from "../proxied.ts";
import { nodeEndpoint } from "./node-endpoint.ts";

/** The thread's own JavaScript and the copies of inputs and outputs; WASM memory is bounded by its declared maximum. */
const THREAD_HEAP_MB = 256;

/** Where kernels are proven in Node: the processor only. */
export const nodeProveHost: ProveHost = { spawn: spawnProve, services: { delay } };

function spawnProve(): ProveHandle {
  const thread = new Worker(new URL("./prove-thread.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
  const remote = wrapped<ProveApi>(nodeEndpoint(thread));
  const failure = new Promise<Error>((resolve) => {
    thread.on("error", (cause: Error & { code?: string }) => {
      const code = cause.code === "ERR_WORKER_OUT_OF_MEMORY" ? "out_of_memory" : "worker_failed";
      resolve(new KernelError(code, `the proving thread failed: ${cause.message}`, { cause, blame: "kernel" }));
    });
    thread.on("exit", (code) => resolve(new KernelError("worker_failed", `the proving thread ended (${code})`)));
  });
  return {
    api: proxiedProof(remote),
    failure,
    terminate: () => void thread.terminate(),
  };
}
