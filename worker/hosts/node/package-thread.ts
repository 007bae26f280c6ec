import { parentPort, workerData } from "node:worker_threads";
import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import { checkPackage } from "../../compute/package/check-package.ts";
import { readPackageZip } from "../../compute/package/read-package.ts";
import type { Bytes } from "../../compute/runtimes/runtime.ts";

/** Somebody else's bytes are unpacked and looked at here, in a thread that read-in-thread.ts can end. */

export type PackageTask =
  | { readonly type: "unzip"; readonly zip: Bytes }
  | { readonly type: "check"; readonly manifest: KernelManifest; readonly files: ReadonlyMap<string, Bytes> };

const task = workerData as PackageTask;
parentPort?.postMessage(
  task.type === "unzip" ? await readPackageZip(task.zip) : checkPackage(task.manifest, task.files),
);
