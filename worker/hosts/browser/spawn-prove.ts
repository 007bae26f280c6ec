import { delay } from "../../compute/delay.ts";
import type { ProveHost } from "../../compute/prove/prove-kernel.ts";
import type { ProveApi, ProveHandle } from "../../compute/prove/prove-service.ts";
import { proxiedProof, wrapped } from "../proxied.ts";
import { failureOf } from "./worker-failure.ts";

/** Where kernels are proven in a browser: processor, and graphics card where there is one. */
export const browserProveHost: ProveHost = { spawn: spawnProve, services: { delay } };

function spawnProve(): ProveHandle {
  const worker = new Worker(new URL("./prove.worker.ts", import.meta.url), { type: "module" });
  const remote = wrapped<ProveApi>(worker);
  return {
    api: proxiedProof(remote),
    failure: failureOf(worker, "the proving worker"),
    terminate: () => worker.terminate(),
  };
}
