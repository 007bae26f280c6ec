import { parentPort } from "node:worker_threads";
import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { delay } from "../../compute/delay.ts";
import { createProveService, type ProofListener } from "../../compute/prove/prove-service.ts";
import { nodeEndpoint } from "./node-endpoint.ts";

/** A thread of Node in which a kernel is proven, on the processor: what loops in it is ended with it. */

if (parentPort === null) throw new Error("prove-thread.ts is started by spawnProve, as a worker thread");

const services = {
  now: () => performance.now(),
  delay,
  breathe: () => new Promise<void>((resolve) => setImmediate(resolve)),
  gpu: null,
};
keepKernelErrors(Comlink.transferHandlers);
Comlink.expose(
  createProveService(services, "no WebGPU outside a browser", (listener) =>
    (listener as Comlink.Remote<ProofListener>)[Comlink.releaseProxy]?.(),
  ),
  nodeEndpoint(parentPort),
);
