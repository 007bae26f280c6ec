import { checkPackage } from "../../worker/compute/package/check-package.ts";
import type { ProofReport } from "../../worker/compute/prove/proof-report.ts";
import type { ProvablePackage } from "../../worker/compute/prove/prove-kernel.ts";
import { PROOF_MAX_SECONDS, PROOFS_AT_ONCE, PROOFS_WAITING_MAX } from "../core/limits.ts";
import type { PackageFault } from "../core/wire/package-fault.ts";
import { Refusal } from "../refusal.ts";
import { packageInSandbox } from "./in-sandbox.ts";
import { PackageRefusal } from "./package-refusal.ts";
import { createTurns } from "./turns.ts";

/** One proof after another: a server has volunteers to answer. */
const turns = createTurns({ atOnce: PROOFS_AT_ONCE, waitingMax: PROOFS_WAITING_MAX });

/**
 * Checks a package and computes its examples here: its WASM part, in the sandbox, in a limited time. A kernel of
 * WGSL only is checked as far as that goes without a graphics card; null then, as nothing was computed.
 * @throws {PackageRefusal} with everything that was found wrong.
 * @throws {Refusal} `rate_limited` when too many wait.
 */
export async function provePackage(
  kernel: ProvablePackage,
  withinMs: number = PROOF_MAX_SECONDS * 1000,
): Promise<ProofReport | null> {
  const end = await turns.take();
  if (end === null) {
    const options = { retryAfterSeconds: PROOF_MAX_SECONDS };
    throw new Refusal(
      "rate_limited",
      "Many kernels are being proven here just now; come back in some minutes.",
      options,
    );
  }
  try {
    const faults = await check(kernel);
    if (faults.length > 0) throw new PackageRefusal(faults);
    if (kernel.manifest.backends.wasm === undefined) return null;
    const report = await packageInSandbox("prove", { kernel, withinMs });
    if (report.passed) return report;
    if (report.faults.length > 0) throw new PackageRefusal(report.faults);
    const [why] = report.backends.flatMap((proof) => (proof.state === "unavailable" ? [proof.reason] : []));
    throw new Refusal("conflict", `The examples could not be computed here just now: ${why}. Try again later.`);
  } finally {
    end();
  }
}

/** Looked at in this thread in some milliseconds; nothing of it runs. */
const SMALL_BYTES = 1024 * 1024;

async function check({ manifest, files }: ProvablePackage): Promise<PackageFault[]> {
  const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0);
  return bytes <= SMALL_BYTES ? checkPackage(manifest, files) : await packageInSandbox("check", { manifest, files });
}
