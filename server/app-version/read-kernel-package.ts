import { readPackageFolder } from "../../worker/hosts/node/read-folder.ts";
import { PackageRefusal } from "../kernel-package/package-refusal.ts";
import type { KernelPackage } from "./publish-app-version.ts";

/**
 * Reads a kernel package from a folder: kernel.json and the files it names; whatever else lies there is left out.
 * @throws {PackageRefusal}
 */
export async function readKernelPackage(folder: string): Promise<KernelPackage> {
  const reading = await readPackageFolder(folder);
  if (!reading.ok) throw new PackageRefusal(reading.faults);
  return reading.package;
}
