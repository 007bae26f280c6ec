import { readFile, stat } from "node:fs/promises";
import { zipSync } from "fflate";
import { type ReadPackage, readPackageZip } from "../../compute/package/read-package.ts";
import type { ProofReport } from "../../compute/prove/proof-report.ts";
import { proveKernel } from "../../compute/prove/prove-kernel.ts";
import { readPackageFolder } from "../../hosts/node/read-folder.ts";
import { nodeProveHost } from "../../hosts/node/spawn-prove.ts";
import { hashOfVersion } from "../version-hash.ts";
import { QuorateError } from "../wire.ts";
import { Misused } from "./terminal.ts";

export type LocalPackage = { kernel: ReadPackage; hash: string; zip(): Promise<Uint8Array<ArrayBuffer>> };

/** A folder or a zip, read and checked as the site does it. @throws {QuorateError} with everything that is wrong. */
export async function readLocalPackage(path: string): Promise<LocalPackage> {
  const about = await stat(path).catch(() => null);
  if (about === null) throw new Misused(`there is no ${path}`);
  const zipped = about.isDirectory() ? null : new Uint8Array(await readFile(path));
  const reading = zipped === null ? await readPackageFolder(path) : await readPackageZip(zipped);
  if (!reading.ok) {
    const message = `The package in ${path} is not sound:`;
    throw new QuorateError(message, { code: "bad_request", status: 0, faults: reading.faults });
  }
  const kernel = reading.package;
  return {
    kernel,
    hash: hashOfVersion(kernel.manifest, kernel.files),
    zip: async () => zipped ?? zipOf(kernel, await readFile(`${path}/kernel.json`)),
  };
}

/** What kernel.json names and nothing else of the folder. */
function zipOf(kernel: ReadPackage, manifest: Uint8Array): Uint8Array<ArrayBuffer> {
  const { files, signature } = kernel;
  const signed = signature === undefined ? {} : { "signature.json": Buffer.from(JSON.stringify(signature)) };
  // The same package is the same zip, whenever it is made.
  const zip = zipSync({ ...Object.fromEntries(files), "kernel.json": manifest, ...signed }, { mtime: "1980-01-01" });
  return new Uint8Array(zip);
}

/** Computes the examples on this machine's processor. Null: the kernel has no part for it. */
export async function proveLocally(
  { manifest, files }: ReadPackage,
  onExample: (name: string) => void,
): Promise<ProofReport | null> {
  if (manifest.backends.wasm === undefined) return null;
  const report = await proveKernel({ manifest, files }, nodeProveHost, {
    backends: ["wasm"],
    onProgress: ({ example, done, of }) => onExample(`proving: ${example} (${done} of ${of} runs)`),
  });
  if (report.passed) return report;
  const failed = report.backends.flatMap((proof) => (proof.state === "failed" ? [proof.reason] : []));
  const message = `The kernel does not give the known answers of its examples: ${failed.join("; ")}`;
  throw new QuorateError(message, { code: "bad_request", status: 0, faults: report.faults });
}
