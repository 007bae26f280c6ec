import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { delay } from "../../compute/delay.ts";
import { createProveService, type ProofListener } from "../../compute/prove/prove-service.ts";
import { createGpuHolder } from "../../compute/runtimes/gpu-device.ts";

/** A Web Worker in which a scientist's kernel is proven. It fetches nothing: the kernel comes from the page. */

const gpu = (navigator as { gpu?: GPU }).gpu;
const services = {
  now: () => performance.now(),
  delay,
  breathe: () => delay(0),
  gpu: gpu === undefined ? null : createGpuHolder(gpu, delay),
};
const reason = self.isSecureContext ? "this browser has no WebGPU" : "WebGPU needs a secure page (https, or localhost)";

keepKernelErrors(Comlink.transferHandlers);
Comlink.expose(
  createProveService(services, reason, (listener) =>
    (listener as Comlink.Remote<ProofListener>)[Comlink.releaseProxy]?.(),
  ),
);
