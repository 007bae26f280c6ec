import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { delay } from "../../compute/delay.ts";
import { KernelError } from "../../compute/kernel-error.ts";
import type { ProveHost } from "../../compute/prove/prove-kernel.ts";
import type { ProveApi, ProveHandle } from "../../compute/prove/prove-service.ts";

/** Where kernels are proven in a browser: processor, and graphics card where there is one. */
export const browserProveHost: ProveHost = { spawn: spawnProve, services: { delay } };

function spawnProve(): ProveHandle {
  prepare();
  const worker = new Worker(new URL("./prove.worker.ts", import.meta.url), { type: "module" });
  const remote = Comlink.wrap<ProveApi>(worker);
  const failure = new Promise<Error>((resolve) => {
    worker.addEventListener("error", (event) => {
      const what = event.message === "" ? "its script could not be loaded" : event.message;
      resolve(new KernelError("worker_failed", `the proving worker failed: ${what}`));
    });
    worker.addEventListener("messageerror", () => {
      resolve(new KernelError("worker_failed", "a message of the proving worker could not be read"));
    });
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
    terminate: () => worker.terminate(),
  };
}

let prepared = false;

function prepare(): void {
  if (!prepared) keepKernelErrors(Comlink.transferHandlers);
  prepared = true;
}
