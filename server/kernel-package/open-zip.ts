import type { ReadPackage } from "../../worker/compute/package/read-package.ts";
import { packageInSandbox } from "./in-sandbox.ts";
import { PackageRefusal } from "./package-refusal.ts";

/**
 * An uploaded zip as a package, unpacked and checked in the sandbox; nothing of it has run.
 * @throws {PackageRefusal}
 */
export async function openPackageZip(zip: Uint8Array): Promise<ReadPackage> {
  const reading = await packageInSandbox("unzip", { zip: Uint8Array.from(zip) });
  if (!reading.ok) throw new PackageRefusal(reading.faults);
  return reading.package;
}
