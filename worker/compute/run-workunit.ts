import type { Checkpoint, ComputeListener, ComputeOutcome, ComputeTask, Heartbeat, RunTiming } from "../protocol.ts";
import { sha256Hex } from "./digest.ts";
import { KernelError, messageOf } from "./kernel-error.ts";
import { type Budget, nextBudget, pauseAfter, startBudget } from "./pace.ts";
import type { RunControl } from "./run-control.ts";
import { createRuntime } from "./runtimes/create-runtime.ts";
import {
  type ComputeServices,
  type LoadedKernel,
  type Runtime,
  readStateHeader,
  type WorkInput,
} from "./runtimes/runtime.ts";

/** How often a checkpoint is taken: what a crash may cost, against what saving and storing costs. */
export const CHECKPOINT_EVERY_MS = 10_000;
/** Progress goes out at most this often; a page draws no faster. */
const PROGRESS_EVERY_MS = 200;
/** Compiling is the device's speed, not the kernel's: phones' drivers take many seconds for a large shader. */
const COMPILE_WITHIN_MS = 60_000;
/** The GPU runtime notices its own time-outs; its owner waits this much longer before it kills the thread. */
const OWNER_GRACE_MS = 5_000;
/** Progress that stands still for this many times stepSeconds of computing: the kernel goes round in circles. */
const STALL_FACTOR = 3;

export interface RunSetting {
  readonly kernel: LoadedKernel;
  readonly task: ComputeTask;
  readonly services: ComputeServices;
  readonly control: RunControl;
  readonly listener: ComputeListener;
}

/**
 * Drives one workunit from its files or a checkpoint to its output, in steps sized by measurement. Rejects with
 * KernelError only. A checkpoint that the kernel refuses costs nothing but a fresh start, which the outcome tells.
 */
export async function runWorkunit(setting: RunSetting): Promise<ComputeOutcome> {
  const run = new Run(setting);
  try {
    return await run.toTheEnd();
  } catch (cause) {
    if (cause instanceof KernelError) throw cause;
    throw new KernelError("worker_failed", `the compute worker failed: ${messageOf(cause)}`, { cause });
  } finally {
    run.dispose();
  }
}

class Run {
  readonly #setting: RunSetting;
  readonly #stepMs: number;
  readonly #epoch: number;
  #runtime: Runtime | null = null;
  #budget: Budget;
  /** The smallest budget that a measurable step called for: phases of one kernel differ a hundredfold per unit. */
  #suitedUnits = Number.POSITIVE_INFINITY;
  #progress = 0;
  #steps = 0;
  #computeMs = 0;
  #lastStepMs = 0;
  #firstStepAt: number | null = null;
  #lastStepEnd = 0;
  #resumedUnits = 0;
  #refused: string | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;
  #savedAt: number;
  #advancedAtComputeMs = 0;

  constructor(setting: RunSetting) {
    const { kernel, task, services } = setting;
    this.#setting = setting;
    this.#stepMs = kernel.manifest.limits.stepSeconds * 1000;
    this.#epoch = Date.now() - services.now();
    this.#budget = startBudget(task.startBudget);
    this.#savedAt = services.now();
  }

  async toTheEnd(): Promise<ComputeOutcome> {
    const { control } = this.#setting;
    const runtime = await this.#begin();
    for (;;) {
      await this.#waitWhilePaused(runtime);
      if (control.stopping !== null) return this.#stopped(runtime, control.stopping.checkpoint);
      const done = await this.#step(runtime);
      if (done) return this.#finished(runtime);
      await this.#checkpointWhenDue(runtime);
      await this.#pause(runtime);
    }
  }

  dispose(): void {
    this.#runtime?.dispose();
    this.#runtime = null;
  }

  async #begin(): Promise<Runtime> {
    const { task } = this.#setting;
    const { input, files, seed, checkpoint } = task;
    const fresh: WorkInput = { input, files, ...(seed === undefined ? {} : { seed }) };
    if (checkpoint === undefined) return this.#initialise(fresh);
    try {
      const runtime = await this.#initialise({ ...fresh, checkpoint });
      this.#resumedUnits = readStateHeader(checkpoint)?.unitsDone ?? 0;
      return runtime;
    } catch (error) {
      if (!(error instanceof KernelError) || error.blame !== "checkpoint") throw error;
      this.#refused = error.message;
      return this.#initialise(fresh); // a new instance: the refused bytes may have left the old one in any state
    }
  }

  async #initialise(work: WorkInput): Promise<Runtime> {
    const { kernel, task, services } = this.#setting;
    this.dispose();
    const create = (): Promise<Runtime> => createRuntime(kernel, task.backend, services);
    const runtime = await this.#watched("compile", COMPILE_WITHIN_MS, create);
    this.#runtime = runtime;
    const initMs = task.backend === "wgsl" ? COMPILE_WITHIN_MS + this.#stepMs : this.#stepMs;
    await this.#watched("init", initMs, () => runtime.init(work));
    return runtime;
  }

  async #step(runtime: Runtime): Promise<boolean> {
    const { services, control } = this.#setting;
    const { units } = this.#budget;
    const startedAt = services.now();
    this.#firstStepAt ??= startedAt;
    const report = await this.#watched("step", this.#stepMs, () => runtime.step(units));
    this.#lastStepEnd = services.now();
    this.#steps += 1;
    this.#lastStepMs = report.milliseconds;
    this.#computeMs += report.milliseconds;
    this.#noteProgress(report.progress);
    this.#budget = nextBudget(this.#budget, report, control.pace.targetStepMs, runtime.maxUnits);
    if (this.#budget.msPerUnit !== null) this.#suitedUnits = Math.min(this.#suitedUnits, this.#budget.units);
    if (report.done || this.#lastStepEnd - this.#saidAt >= PROGRESS_EVERY_MS) this.#tellProgress();
    return report.done;
  }

  #noteProgress(progress: number): void {
    if (progress > this.#progress) this.#advancedAtComputeMs = this.#computeMs;
    this.#progress = progress;
    if (this.#computeMs - this.#advancedAtComputeMs > STALL_FACTOR * this.#stepMs) {
      const seconds = Math.round((STALL_FACTOR * this.#stepMs) / 1000);
      throw new KernelError("hung", `the kernel computed for ${seconds} s without any progress`);
    }
  }

  #tellProgress(): void {
    this.#saidAt = this.#lastStepEnd;
    this.#setting.listener.onProgress({
      progress: this.#progress,
      steps: this.#steps,
      budget: this.#budget.units,
      stepMs: this.#lastStepMs,
      computeMs: this.#computeMs,
      ...(this.#refused === undefined ? {} : { checkpointRefused: this.#refused }),
    });
  }

  /** The pace may change during the pause, which then ends when the new pace says. */
  async #pause(runtime: Runtime): Promise<void> {
    const { control, services } = this.#setting;
    const startedAt = services.now();
    await services.breathe();
    while (control.stopping === null) {
      const leftMs = pauseAfter(this.#lastStepMs, control.pace.dutyCycle) - (services.now() - startedAt);
      if (!(leftMs >= 1 && Number.isFinite(leftMs))) return;
      await control.sleep(leftMs);
      await this.#checkpointWhenDue(runtime);
    }
  }

  async #waitWhilePaused(runtime: Runtime): Promise<void> {
    const { control } = this.#setting;
    while (control.pace.dutyCycle === 0 && control.stopping === null) {
      await control.sleep(Number.POSITIVE_INFINITY);
      await this.#checkpointWhenDue(runtime);
    }
  }

  async #checkpointWhenDue(runtime: Runtime): Promise<void> {
    const { control, services, task, listener } = this.#setting;
    const every = task.checkpointEveryMs ?? CHECKPOINT_EVERY_MS;
    const due = every > 0 && services.now() - this.#savedAt >= every;
    if (!(control.takeCheckpointRequest() || due) || !this.#hasSomethingToSave()) return;
    listener.onCheckpoint(await this.#checkpoint(runtime));
  }

  async #checkpoint(runtime: Runtime): Promise<Checkpoint> {
    const state = await this.#watched("save", this.#stepMs, () => runtime.save());
    this.#savedAt = this.#setting.services.now();
    const header = readStateHeader(state);
    if (header === null) throw new KernelError("state_invalid", "the state has no sensible header");
    const { unitsDone, unitsTotal } = header;
    const format = this.#setting.kernel.manifest.checkpointFormat;
    return { state, progress: this.#progress, unitsDone, unitsTotal, format };
  }

  #hasSomethingToSave(): boolean {
    return this.#steps > 0 || this.#resumedUnits > 0;
  }

  async #stopped(runtime: Runtime, withCheckpoint: boolean): Promise<ComputeOutcome> {
    const save = withCheckpoint && this.#hasSomethingToSave();
    return { type: "stopped", checkpoint: save ? await this.#checkpoint(runtime) : null, timing: this.#timing() };
  }

  async #finished(runtime: Runtime): Promise<ComputeOutcome> {
    const timing = this.#timing();
    const output = await this.#watched("output", this.#stepMs, () => runtime.output());
    if (timing === null) throw new KernelError("worker_failed", "a workunit finished without a step");
    return {
      type: "finished",
      output,
      digest: await sha256Hex(output),
      timing,
      ...(this.#refused === undefined ? {} : { checkpointRefused: this.#refused }),
    };
  }

  #timing(): RunTiming | null {
    if (this.#firstStepAt === null) return null;
    return {
      firstStepAtMs: this.#epoch + this.#firstStepAt,
      lastStepEndAtMs: this.#epoch + this.#lastStepEnd,
      computeMs: this.#computeMs,
      steps: this.#steps,
      budget: Math.min(this.#suitedUnits, this.#budget.units),
      resumedUnits: this.#resumedUnits,
    };
  }

  /** Tells the owner that this thread may be silent for a while, so that it can tell computing from hanging. */
  async #watched<T>(phase: Phase, withinMs: number, work: () => Promise<T>): Promise<T> {
    const { listener } = this.#setting;
    listener.onHeartbeat({ type: "busy", phase, withinMs: withinMs + OWNER_GRACE_MS });
    try {
      return await work();
    } finally {
      listener.onHeartbeat({ type: "idle" });
    }
  }
}

type Phase = Extract<Heartbeat, { type: "busy" }>["phase"];
