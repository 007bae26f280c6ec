import { proxy, type Remote } from "comlink";
import type { ComputeApi } from "../protocol.ts";

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
