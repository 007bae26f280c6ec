import * as Comlink from "comlink";
import { keepKernelErrors } from "../../compute/comlink-errors.ts";
import { createComputeService } from "../../compute/compute-service.ts";
import { delay } from "../../compute/delay.ts";
import { createGpuHolder } from "../../compute/runtimes/gpu-device.ts";
import type { ComputeListener } from "../../protocol.ts";

/** A Web Worker that computes. It fetches nothing: kernels and files come from its owner, checked against their hashes. */

/** `setTimeout(0)` is clamped to 4 ms when nested, 4 % of a step; a message to oneself is not. */
function breather(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port2.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port1.postMessage(null);
    });
}

// Absent where WebGPU is unknown or the page is no secure context, whatever the types say.
const gpu = (navigator as { gpu?: GPU }).gpu;

keepKernelErrors(Comlink.transferHandlers);
const service = createComputeService({
  services: {
    now: () => performance.now(),
    delay,
    breathe: breather(),
    gpu: gpu === undefined ? null : createGpuHolder(gpu, delay),
  },
  gpuReason: self.isSecureContext ? "this browser has no WebGPU" : "WebGPU needs a secure page (https, or localhost)",
  releaseListener: (listener) => (listener as Comlink.Remote<ComputeListener>)[Comlink.releaseProxy](),
});
// Who started it calls it, or sends the port of who does; Comlink passes over a message without data.
Comlink.expose(service);
addEventListener("message", ({ data, ports: [port] }) => {
  if (data === null && port !== undefined) Comlink.expose(service, port);
});
