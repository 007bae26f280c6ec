import { parentPort } from "node:worker_threads";
import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { createComputeService } from "../../compute/compute-service.ts";
import { delay } from "../../compute/delay.ts";
import type { ComputeListener } from "../../protocol.ts";
import { nodeEndpoint } from "./node-endpoint.ts";
import { openNodeGpu } from "./node-gpu.ts";

/** The browser's compute worker, as a thread of Node. */

if (parentPort === null) throw new Error("compute-thread.ts is started by spawnCompute, as a worker thread");

const { gpu, reason } = await openNodeGpu();
keepKernelErrors(Comlink.transferHandlers);
Comlink.expose(
  createComputeService({
    services: {
      now: () => performance.now(),
      delay,
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      gpu,
    },
    gpuReason: reason,
    releaseListener: (listener) => (listener as Comlink.Remote<ComputeListener>)[Comlink.releaseProxy](),
  }),
  nodeEndpoint(parentPort),
);
