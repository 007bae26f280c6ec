import { Worker } from "node:worker_threads";
import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { delay } from "../../compute/delay.ts";
import { KernelError } from "../../compute/kernel-error.ts";
import type { ProveHost } from "../../compute/prove/prove-kernel.ts";
import type { ProveApi, ProveHandle } from "../../compute/prove/prove-service.ts";
import { nodeEndpoint } from "./node-endpoint.ts";

/** The thread's own JavaScript and the copies of inputs and outputs; WASM memory is bounded by its declared maximum. */
const THREAD_HEAP_MB = 256;

/** Where kernels are proven in Node: the processor only. */
export const nodeProveHost: ProveHost = { spawn: spawnProve, services: { delay } };

function spawnProve(): ProveHandle {
  prepare();
  const thread = new Worker(new URL("./prove-thread.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
  });
  const remote = Comlink.wrap<ProveApi>(nodeEndpoint(thread));
  const failure = new Promise<Error>((resolve) => {
    thread.on("error", (cause: Error & { code?: string }) => {
      const code = cause.code === "ERR_WORKER_OUT_OF_MEMORY" ? "out_of_memory" : "worker_failed";
      resolve(new KernelError(code, `the proving thread failed: ${cause.message}`, { cause, blame: "kernel" }));
    });
    thread.on("exit", (code) => resolve(new KernelError("worker_failed", `the proving thread ended (${code})`)));
  });
  return {
    api: {
      gpu: () => remote.gpu(),
      load: (kernel, verify) => remote.load(kernel, verify),
      compile: (listener) => remote.compile(Comlink.proxy(listener)),
      run: (run, listener) => remote.run(run, Comlink.proxy(listener)),
      compare: (expected, found, listener) => remote.compare(expected, found, Comlink.proxy(listener)),
      verify: (input, output, listener) => remote.verify(input, output, Comlink.proxy(listener)),
    },
    failure,
    terminate: () => void thread.terminate(),
  };
}

let prepared = false;

function prepare(): void {
  if (!prepared) keepKernelErrors(Comlink.transferHandlers);
  prepared = true;
}
