import type { ProofReport } from "../compute/prove/proof-report.ts";
import { type ProvablePackage, type ProveOptions, proveKernel } from "../compute/prove/prove-kernel.ts";
import { browserProveHost } from "../hosts/browser/spawn-prove.ts";

/** Proves a kernel in this browser, before it is published: see `proveKernel`. */
export function proveInBrowser(kernel: ProvablePackage, options: ProveOptions = {}): Promise<ProofReport> {
  return proveKernel(kernel, browserProveHost, options);
}
