import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { JudgeRequest, JudgeVerdict } from "../../compute/judge.ts";
import type { PackageReading } from "../../compute/package/read-package.ts";
import type { ProofReport } from "../../compute/prove/proof-report.ts";
import { type ProvablePackage, proveKernel } from "../../compute/prove/prove-kernel.ts";
import type { Bytes } from "../../compute/runtimes/runtime.ts";
import { checkInThread, readZipInThread } from "./read-in-thread.ts";
import { runModule } from "./run-module.ts";
import { nodeProveHost } from "./spawn-prove.ts";

/** What is done with somebody else's bytes, each in a thread of its own: what loops there is ended. */
export const sandboxJobs = {
  judge: ({ request, timeoutMs }: { request: JudgeRequest; timeoutMs: number }): Promise<JudgeVerdict> =>
    runModule(request, timeoutMs),
  unzip: ({ zip }: { zip: Bytes }): Promise<PackageReading> => readZipInThread(zip),
  check: ({
    manifest,
    files,
  }: {
    manifest: KernelManifest;
    files: ReadonlyMap<string, Bytes>;
  }): Promise<PackageFault[]> => checkInThread(manifest, files),
  prove: ({ kernel, withinMs }: { kernel: ProvablePackage; withinMs: number }): Promise<ProofReport> =>
    proveKernel(withOwnMemory(kernel), nodeProveHost, { backends: ["wasm"], withinMs }),
};

/**
 * What comes in one message lies in one buffer, and a thread that is given a piece of it gets a copy of the whole: of all files,
 * with every input of every run.
 */
function withOwnMemory({ manifest, files }: ProvablePackage): ProvablePackage {
  return { manifest, files: new Map([...files].map(([path, bytes]) => [path, bytes.slice()])) };
}

export type JobName = keyof typeof sandboxJobs;
export type TaskOf<Name extends JobName> = Parameters<(typeof sandboxJobs)[Name]>[0];
export type AnswerOf<Name extends JobName> = Awaited<ReturnType<(typeof sandboxJobs)[Name]>>;

/** One job on its way to the process, and what comes back. Everything in them can be cloned. */
export type JobMessage = { [Name in JobName]: { id: number; name: Name; task: TaskOf<Name> } }[JobName];
export type AnswerMessage = { id: number } & ({ answer: AnswerOf<JobName> } | { failure: string });
