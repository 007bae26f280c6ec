import { type Endpoint, proxy, type Remote, transferHandlers, wrap } from "comlink";
import { keepKernelErrors } from "../compute/comlink-errors.ts";
import type { ProveApi } from "../compute/prove/prove-service.ts";
import type { ComputeApi } from "../protocol.ts";

let keepsErrors = false;

/** What a worker at the other end offers; errors of kernels keep their class on the way. */
export function wrapped<Api>(endpoint: Endpoint): Remote<Api> {
  if (!keepsErrors) keepKernelErrors(transferHandlers);
  keepsErrors = true;
  return wrap<Api>(endpoint);
}

/** A compute worker's calls as its owner makes them: its listeners stay with their owner, everything else is data. */
export function proxied(remote: Remote<ComputeApi>): ComputeApi {
  return {
    capabilities: () => remote.capabilities(),
    loadKernel: (key, kernel) => remote.loadKernel(key, kernel),
    hasKernel: (key) => remote.hasKernel(key),
    forgetKernel: (key) => remote.forgetKernel(key),
    run: (task, listener) => remote.run(task, proxy(listener)),
    setPace: (pace) => remote.setPace(pace),
    requestCheckpoint: () => remote.requestCheckpoint(),
    stop: (options) => remote.stop(options),
    probe: (request, listener) => remote.probe(request, proxy(listener)),
  };
}

/** The same for a worker that proves kernels. */
export function proxiedProof(remote: Remote<ProveApi>): ProveApi {
  return {
    gpu: () => remote.gpu(),
    load: (kernel, verify) => remote.load(kernel, verify),
    compile: (listener) => remote.compile(proxy(listener)),
    run: (run, listener) => remote.run(run, proxy(listener)),
    compare: (expected, found, listener) => remote.compare(expected, found, proxy(listener)),
    verify: (input, output, listener) => remote.verify(input, output, proxy(listener)),
    difference: (expected, found, listener) => remote.difference(expected, found, proxy(listener)),
    look: (output, listener) => remote.look(output, proxy(listener)),
  };
}
