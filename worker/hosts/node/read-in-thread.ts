import { Worker } from "node:worker_threads";
import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { PackageReading } from "../../compute/package/read-package.ts";
import type { Bytes } from "../../compute/runtimes/runtime.ts";
import type { PackageTask } from "./package-thread.ts";

/** The largest package unpacks and is looked at in a few seconds, on a busy machine in a few times that. */
export const READ_WITHIN_MS = 60_000;
/** JavaScript's own objects; the bytes of files lie outside it. */
const THREAD_HEAP_MB = 256;

/** Unpacks and checks a zip in a thread of its own, so that nobody else waits for it. */
export function readZipInThread(zip: Bytes): Promise<PackageReading> {
  return inThread<PackageReading>({ type: "unzip", zip }, (fault) => ({ ok: false, faults: [fault] }));
}

/** `checkPackage` in a thread of its own. */
export function checkInThread(manifest: KernelManifest, files: ReadonlyMap<string, Bytes>): Promise<PackageFault[]> {
  return inThread<PackageFault[]>({ type: "check", manifest, files }, (fault) => [fault]);
}

function inThread<T>(task: PackageTask, failed: (fault: PackageFault) => T): Promise<T> {
  return new Promise((resolve) => {
    const thread = new Worker(new URL("./package-thread.ts", import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
    // A thread that has answered ends by itself, as nothing is left for it to do.
    const settle = (answer: T): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const fail = (problem: string): void => {
      void thread.terminate();
      settle(failed({ file: "kernel.json", problem, remedy: "make the package smaller and try again" }));
    };
    const timer = setTimeout(() => fail(`the package was not read within ${READ_WITHIN_MS / 1000} s`), READ_WITHIN_MS);
    thread.once("message", settle);
    thread.once("error", (error) => fail(`the package could not be read: ${error.message}`));
    thread.once("exit", (code) => fail(`the package could not be read: its thread ended (${code})`));
  });
}
