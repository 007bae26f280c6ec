import { nextBudget, startBudget } from "../../worker/compute/pace.ts";
import { createRuntime } from "../../worker/compute/runtimes/create-runtime.ts";
import {
  type Backend,
  type Bytes,
  type ComputeServices,
  type LoadedKernel,
  type Runtime,
  readStateHeader,
  type WorkInput,
} from "../../worker/compute/runtimes/runtime.ts";

/** Drives a runtime with budgets chosen by a test. Runs in Node and, bundled, in the browser. */

/** Units asked of each step. No schedule makes a step longer than the limit: a software GPU is a hundred times slower. */
export const SCHEDULES = {
  "one, one, two, three, five...": (step: number): number => fibonacci(step),
  "a third and one": (_: number, total: number): number => Math.ceil(total / 3) + 1,
  "everything at once": (): number => 0x7fff_ffff,
} as const;
export type Schedule = keyof typeof SCHEDULES;

const STEP_LIMIT_MS = 300;

export interface DriveRequest {
  readonly kernel: LoadedKernel;
  readonly backend: Backend;
  readonly work: WorkInput;
  readonly schedule: Schedule;
  /** Save and end once this share of all units is done (or more); to the output when absent. */
  readonly until?: number;
}

export interface DriveResult {
  /** The output, or the saved state when `until` was given. */
  readonly bytes: Bytes;
  readonly kind: "output" | "state";
  readonly steps: number;
  readonly largestStep: number;
}

export async function drive(request: DriveRequest, services: ComputeServices): Promise<DriveResult> {
  const runtime = await createRuntime(request.kernel, request.backend, services);
  try {
    await runtime.init(request.work);
    return await stepThrough(runtime, request);
  } finally {
    runtime.dispose();
  }
}

async function stepThrough(runtime: Runtime, { schedule, until }: DriveRequest): Promise<DriveResult> {
  let done = await headerOf(runtime);
  let limit = startBudget();
  let largestStep = 0;
  for (let steps = 0; ; steps++) {
    if (until !== undefined && done.unitsDone >= until * done.unitsTotal) {
      return { bytes: await runtime.save(), kind: "state", steps, largestStep };
    }
    const wanted = SCHEDULES[schedule](steps, done.unitsTotal);
    const stop = until === undefined ? wanted : Math.ceil(until * done.unitsTotal) - done.unitsDone;
    const units = Math.max(1, Math.min(wanted, limit.units, stop, runtime.maxUnits));
    const report = await runtime.step(units);
    largestStep = Math.max(largestStep, units);
    limit = nextBudget(limit, report, STEP_LIMIT_MS, runtime.maxUnits);
    if (report.done) return { bytes: await runtime.output(), kind: "output", steps: steps + 1, largestStep };
    if (until !== undefined) done = await headerOf(runtime);
  }
}

async function headerOf(runtime: Runtime): Promise<{ unitsDone: number; unitsTotal: number }> {
  const header = readStateHeader(await runtime.save());
  if (header === null) throw new Error("the state has no header");
  return header;
}

function fibonacci(index: number): number {
  let [a, b] = [1, 1];
  for (let i = 0; i < index && b < 0x7fff_ffff; i++) [a, b] = [b, a + b];
  return a;
}
