import { spawnCompute } from "../hosts/browser/spawn-compute.ts";
import { browserProveHost } from "../hosts/browser/spawn-prove.ts";
import type { HereHost } from "./compute-here.ts";

/** This browser, in workers of its own: nothing that a project uploads can reach the page or the network. */
export const browserHere: HereHost = {
  spawnCompute,
  spawnProve: browserProveHost.spawn,
  services: browserProveHost.services,
};
