import { compareOutputs } from "../../server/core/replication/comparators/compare-outputs.ts";
import { compareExact } from "../../server/core/replication/comparators/exact.ts";
import type { Reason } from "../../server/core/wire/reason.ts";
import type { ComputeListener, ProbeReport, ProbeRequest } from "../protocol.ts";
import { sha256Hex } from "./digest.ts";
import { judge } from "./judge.ts";
import { KernelError } from "./kernel-error.ts";
import { createRunControl } from "./run-control.ts";
import { runWorkunit } from "./run-workunit.ts";
import type { Bytes, ComputeServices, LoadedKernel } from "./runtimes/runtime.ts";

export interface ProbeSetting {
  readonly kernel: LoadedKernel;
  readonly request: ProbeRequest;
  readonly services: ComputeServices;
  readonly listener: ComputeListener;
}

/** Hexadecimal digits of a class: 64 bits, far more than there are kinds of arithmetic. */
const CLASS_DIGITS = 16;

/**
 * Computes an input whose output is known, on this device, before its results are sent to anybody: GPUs have been seen
 * that give the same wrong answer every time. Whatever the kernel does is the verdict; rejects only when the device or its
 * worker went away under it (device_lost, worker_failed), which says nothing about right and wrong.
 */
export async function probe({ kernel, request, services, listener }: ProbeSetting): Promise<ProbeReport> {
  const { backend, expected, classFrom } = request;
  try {
    const control = createRunControl(services);
    const outcome = await runWorkunit({ kernel, task: request, services, control, listener });
    if (outcome.type !== "finished") throw new KernelError("worker_failed", "the probe was stopped");
    const { output, timing } = outcome;
    const reason = await disagreement(kernel, { expected, output, classFrom });
    if (reason !== null) return { verdict: "wrong", backend, reason };
    const classBits = classFrom === undefined ? "" : await classOf(output.slice(classFrom));
    return { verdict: "ok", backend, milliseconds: timing.computeMs, classBits };
  } catch (error) {
    if (!(error instanceof KernelError) || error.code === "device_lost" || error.code === "worker_failed") throw error;
    return { verdict: "failed", backend, code: error.code, reason: error.message };
  }
}

interface Answers {
  readonly expected: Bytes;
  readonly output: Bytes;
  readonly classFrom: number | undefined;
}

/** null when the output is the known one: bit for bit before `classFrom`, and as the app itself compares outputs. */
async function disagreement(kernel: LoadedKernel, { expected, output, classFrom }: Answers): Promise<Reason | null> {
  if (classFrom !== undefined) {
    const verdict = compareExact(expected.subarray(0, classFrom), output.subarray(0, classFrom));
    if (!verdict.agree) return verdict.reason;
  }
  const { comparator, output: schema } = kernel.manifest;
  if (comparator.type !== "custom") {
    const verdict = compareOutputs(comparator, schema, { first: expected, second: output });
    return verdict.agree ? null : verdict.reason;
  }
  if (kernel.compare === undefined) throw new KernelError("input_invalid", "the kernel's compare module was not given");
  const verdict = await judge({ module: kernel.compare, role: "compare", first: expected, second: output });
  return verdict.kind === "yes" ? null : verdict.reason;
}

/** Equal classes: the same bits in all float results of the probe kernel, so probably the same arithmetic. */
async function classOf(floats: Bytes): Promise<string> {
  return (await sha256Hex(floats)).slice(0, CLASS_DIGITS);
}
