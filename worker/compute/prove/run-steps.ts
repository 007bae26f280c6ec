import type { ComputeListener } from "../../protocol.ts";
import { KernelError } from "../kernel-error.ts";
import { type Budget, DEFAULT_PACE, nextBudget, startBudget } from "../pace.ts";
import { createRuntime } from "../runtimes/create-runtime.ts";
import {
  type Backend,
  type Bytes,
  type ComputeServices,
  type LoadedKernel,
  type Runtime,
  readStateHeader,
  type StateHeader,
  type WorkInput,
} from "../runtimes/runtime.ts";

/** How many units a step is asked for. `measured`: as volunteers do; `small`: 1, 1, 2, 3, 5...; `uneven`: large and 1 in turn. */
export type StepSizes = "measured" | "small" | "uneven";

export interface ProofRun {
  readonly backend: Backend;
  readonly work: WorkInput;
  readonly sizes: StepSizes;
  /** Save and end once this share of all units is done; to the output when absent, or when it is done before. */
  readonly until?: number;
}

export interface ProofRunResult {
  readonly kind: "output" | "state";
  readonly bytes: Bytes;
  readonly steps: number;
  /** Units done in this run, and units there are. */
  readonly units: number;
  readonly unitsTotal: number;
  readonly computeMs: number;
  /** Suits TARGET_STEP_MS, the smallest the search arrived at. */
  readonly unitsPerStep: number;
  readonly longestStepMs: number;
}

export const TARGET_STEP_MS = DEFAULT_PACE.targetStepMs;
/** However large a step is asked for: a software GPU is a hundred times slower than the author's. */
const LONGEST_STEP_MS = 300;
const COMPILE_WITHIN_MS = 60_000;
/** The GPU runtime notices its own time-outs; the owner of the thread waits this much longer. */
const GRACE_MS = 5_000;
/** Steps without progress for this many times stepSeconds: the kernel goes round in circles. */
const STALL_FACTOR = 2;

type Beat = Pick<ComputeListener, "onHeartbeat">;

/** Drives one kernel over one input, with steps of chosen sizes. Rejects with KernelError. */
export async function runSteps(
  kernel: LoadedKernel,
  run: ProofRun,
  services: ComputeServices,
  listener: Beat,
): Promise<ProofRunResult> {
  const stepMs = kernel.manifest.limits.stepSeconds * 1000;
  const watched: Watched = async (phase, withinMs, work) => {
    listener.onHeartbeat({ type: "busy", phase, withinMs: withinMs + GRACE_MS });
    try {
      return await work();
    } finally {
      listener.onHeartbeat({ type: "idle" });
    }
  };
  const runtime = await watched("compile", COMPILE_WITHIN_MS, () => createRuntime(kernel, run.backend, services));
  try {
    const initMs = run.backend === "wgsl" ? COMPILE_WITHIN_MS + stepMs : stepMs;
    await watched("init", initMs, () => runtime.init(run.work));
    return await stepThrough({ runtime, run, services, watched, stepMs });
  } finally {
    runtime.dispose();
  }
}

type Phase = Extract<Parameters<ComputeListener["onHeartbeat"]>[0], { type: "busy" }>["phase"];
type Watched = <T>(phase: Phase, withinMs: number, work: () => Promise<T>) => Promise<T>;

interface Stepping {
  readonly runtime: Runtime;
  readonly run: ProofRun;
  readonly services: ComputeServices;
  readonly watched: Watched;
  readonly stepMs: number;
}

async function stepThrough({ runtime, run, services, watched, stepMs }: Stepping): Promise<ProofRunResult> {
  const { sizes, until } = run;
  const save = (): Promise<Bytes> => watched("save", stepMs, () => runtime.save());
  const first = headerOf(await save());
  let header = first;
  let budget: Budget = startBudget();
  let unitsPerStep = Number.POSITIVE_INFINITY;
  let computeMs = 0;
  let longestStepMs = 0;
  let advancedAtMs = 0;
  let progress = 0;
  const result = (kind: "output" | "state", bytes: Bytes, steps: number): ProofRunResult => ({
    kind,
    bytes,
    steps,
    units: header.unitsDone - first.unitsDone,
    unitsTotal: header.unitsTotal,
    computeMs,
    unitsPerStep: Math.min(unitsPerStep, budget.units),
    longestStepMs,
  });
  for (let steps = 0; ; steps++) {
    if (until !== undefined && steps > 0 && header.unitsDone >= until * header.unitsTotal) {
      return result("state", await save(), steps);
    }
    const wanted =
      sizes === "measured" ? budget.units : Math.min(budget.units, sizeOf(sizes, steps, header.unitsTotal));
    const stop = until === undefined ? wanted : Math.ceil(until * header.unitsTotal) - header.unitsDone;
    const units = Math.max(1, Math.min(wanted, stop, runtime.maxUnits));
    const report = await watched("step", stepMs, () => runtime.step(units));
    computeMs += report.milliseconds;
    longestStepMs = Math.max(longestStepMs, report.milliseconds);
    budget = nextBudget(budget, report, sizes === "measured" ? TARGET_STEP_MS : LONGEST_STEP_MS, runtime.maxUnits);
    if (budget.msPerUnit !== null) unitsPerStep = Math.min(unitsPerStep, budget.units);
    if (report.progress > progress) advancedAtMs = computeMs;
    progress = report.progress;
    if (computeMs - advancedAtMs > STALL_FACTOR * stepMs) {
      throw new KernelError("hung", `the kernel computed for ${Math.round(computeMs / 1000)} s without any progress`);
    }
    if (until !== undefined || report.done) header = headerOf(await save());
    if (report.done) return result("output", await watched("output", stepMs, () => runtime.output()), steps + 1);
    await services.breathe();
  }
}

function headerOf(state: Bytes): StateHeader {
  const header = readStateHeader(state);
  if (header === null) throw new KernelError("state_invalid", "save() gave a state without a sensible header");
  return header;
}

function sizeOf(sizes: "small" | "uneven", step: number, total: number): number {
  if (sizes === "uneven") return step % 2 === 0 ? Math.ceil(total / 7) + 1 : 1;
  let [a, b] = [1, 1];
  for (let i = 0; i < step && b < 0x7fff_ffff; i++) [a, b] = [b, a + b];
  return a;
}
