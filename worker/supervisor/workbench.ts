import { INLINE_OUTPUT_MAX_BYTES } from "../../server/core/limits.ts";
import { sayReason } from "../../server/core/replication/comparators/say-reason.ts";
import type { BackendKind, Lease, Report } from "../../server/core/wire/exchange.ts";
import { sha256Hex } from "../compute/digest.ts";
import { KernelError, messageOf } from "../compute/kernel-error.ts";
import type { Bytes } from "../compute/runtimes/runtime.ts";
import type { Checkpoint, ComputeOutcome } from "../protocol.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { type ComputeSlot, openComputeSlot } from "./compute-slot.ts";
import { durationKey } from "./core/durations.ts";
import type { Command, Event, LeaseFacts } from "./core/types.ts";
import type { FileCache } from "./file-cache.ts";
import type { Host } from "./host.ts";
import { type LibraryKernel, UnusableKernel } from "./kernel-library.ts";
import { seedBytes } from "./seed.ts";
import { CallFailed, DownloadHeld } from "./server-client.ts";
import type { Change, StoredTask } from "./store.ts";

/** The compute workers and what lies before them: prepared workunits, checkpoints, outputs. Obeys the machine's commands. */

interface Prepared {
  readonly lease: LeaseFacts;
  readonly kernel: LibraryKernel;
  readonly input: Bytes;
  readonly files: Readonly<Record<string, Bytes>>;
}

export interface WorkbenchOptions {
  readonly host: Host;
  readonly files: FileCache;
  readonly library: { get(hash: string): Promise<LibraryKernel> };
  /** Writes to the store in order; never rejects. */
  keep(changes: readonly Change[]): void;
  dispatch(event: Event): void;
  deviceClass(backend: BackendKind): string | undefined;
  /** A file was too large for what is left of today's megabytes; called before the event about its workunit. */
  onDownloadHeld(): void;
}

export interface Workbench {
  openSlot(slotId: number): void;
  closeSlot(slotId: number): void;
  setPace(command: Extract<Command, { type: "set_pace" }>): void;
  /** Input bytes that came with leases, before the leases themselves. */
  takeInputs(leases: readonly Lease[]): void;
  /** Tasks of an earlier life, before `started`. */
  takeStored(tasks: readonly StoredTask[]): void;
  prepare(resultId: string, lease: LeaseFacts): Promise<void>;
  run(command: Extract<Command, { type: "run" }>): Promise<void>;
  stopRun(slotId: number, resultId: string, checkpoint: boolean): void;
  dropTask(resultId: string): void;
  dropCheckpoint(resultId: string): void;
  clear(): void;
}

export function createWorkbench(options: WorkbenchOptions): Workbench {
  const { host, files, library, keep, dispatch } = options;
  const slots = new Map<number, ComputeSlot>();
  const inputs = new Map<string, Bytes>();
  const prepared = new Map<string, Prepared>();
  const checkpoints = new Map<string, Checkpoint>();
  const inputsKept = new Set<string>();
  const stopping = new Set<string>();
  const budgets = new Map<string, number>();
  const proven = new Set<string>();

  async function inputOf(lease: LeaseFacts): Promise<Bytes> {
    const known = inputs.get(lease.resultId) ?? (await host.store.get("inputs", lease.resultId));
    if (known !== undefined && (await sha256Hex(known)) === lease.inputSha256) return known;
    return files.fetchOnce(lease.inputSha256);
  }

  function keepCheckpoint(lease: LeaseFacts, checkpoint: Checkpoint): void {
    const { resultId } = lease;
    checkpoints.set(resultId, checkpoint);
    const input = inputs.get(resultId);
    const changes: Change[] = [{ put: "tasks", key: resultId, value: { lease, checkpoint } }];
    if (input !== undefined && !inputsKept.has(resultId))
      changes.unshift({ put: "inputs", key: resultId, value: input });
    inputsKept.add(resultId);
    keep(changes);
  }

  /** The app's own first example, once per app version and backend in the life of this client. */
  async function proveBackend(slot: ComputeSlot, kernel: LibraryKernel, backend: BackendKind): Promise<void> {
    const key = durationKey(backend, kernel.hash);
    if (proven.has(key)) return;
    const report = await slot.probe(kernel, backend);
    if (report.verdict === "wrong") throw new KernelError("known_answer_wrong", sayReason(report.reason));
    if (report.verdict === "failed") throw new KernelError(report.code, report.reason);
    proven.add(key);
  }

  async function compute(
    slot: ComputeSlot,
    command: Extract<Command, { type: "run" }>,
    work: Prepared,
  ): Promise<ComputeOutcome> {
    const { resultId, backend, slotId } = command;
    await proveBackend(slot, work.kernel, backend);
    const checkpoint = checkpoints.get(resultId);
    const fits = checkpoint?.format === work.kernel.kernel.manifest.checkpointFormat;
    if (checkpoint !== undefined && !fits) dispatch({ type: "checkpoint_refused", resultId });
    if (stopping.delete(resultId)) return { type: "stopped", checkpoint: checkpoint ?? null, timing: null };
    const startBudget = budgets.get(durationKey(backend, work.kernel.hash));
    let refused = false;
    const task = {
      backend,
      input: work.input,
      files: work.files,
      ...(work.lease.seed === undefined ? {} : { seed: seedBytes(work.lease.seed) }),
      ...(checkpoint !== undefined && fits ? { checkpoint: checkpoint.state } : {}),
      ...(startBudget === undefined ? {} : { startBudget }),
    };
    return slot.run(work.kernel, task, {
      onProgress({ progress, steps, checkpointRefused }) {
        if (checkpointRefused !== undefined && !refused) {
          refused = true;
          host.log("warn", "a checkpoint was refused, the workunit began anew", { resultId, why: checkpointRefused });
          dispatch({ type: "checkpoint_refused", resultId });
        }
        dispatch({ type: "progress", slotId, resultId, progress, steps });
      },
      onCheckpoint(fresh) {
        keepCheckpoint(work.lease, fresh);
        dispatch({ type: "checkpointed", resultId, checkpoint: { progress: fresh.progress, format: fresh.format } });
      },
    });
  }

  function finish(
    command: Extract<Command, { type: "run" }>,
    work: Prepared,
    outcome: Extract<ComputeOutcome, { type: "finished" }>,
  ): void {
    const { resultId, backend, slotId } = command;
    const { output, digest, timing } = outcome;
    budgets.set(durationKey(backend, work.kernel.hash), timing.budget);
    const elapsedMs = Math.max(0, Math.round(timing.lastStepEndAtMs - timing.firstStepAtMs));
    const needsUpload = output.byteLength > INLINE_OUTPUT_MAX_BYTES;
    if (needsUpload) keep([{ put: "outputs", key: resultId, value: output }]);
    const deviceClass = options.deviceClass(backend);
    const report: Extract<Report, { kind: "output" }> = {
      kind: "output",
      resultId,
      leaseToken: work.lease.leaseToken,
      outputSha256: digest,
      ...(needsUpload ? {} : { outputBase64: toBase64(output) }),
      timing: { backend, elapsedMs, ...(deviceClass === undefined ? {} : { deviceClass }) },
    };
    const whole = timing.resumedUnits === 0;
    dispatch({
      type: "finished",
      slotId,
      resultId,
      report,
      needsUpload,
      elapsedMs,
      whole,
      finishedWallMs: host.wallMs(),
    });
  }

  return {
    openSlot(slotId) {
      let slot: ComputeSlot;
      try {
        slot = openComputeSlot(host);
      } catch (error) {
        queueMicrotask(() => dispatch({ type: "slot_failed", slotId, message: messageOf(error) }));
        return;
      }
      slots.set(slotId, slot);
      const failed = (error: unknown): void => {
        if (slots.get(slotId) === slot) dispatch({ type: "slot_failed", slotId, message: messageOf(error) });
      };
      slot.ready().then(() => dispatch({ type: "slot_ready", slotId }), failed);
      void slot.failure.then(failed);
    },
    closeSlot(slotId) {
      slots.get(slotId)?.terminate();
      slots.delete(slotId);
    },
    setPace({ slotId, targetStepMs, dutyCycle }) {
      slots.get(slotId)?.setPace({ targetStepMs, dutyCycle });
    },
    takeInputs(leases) {
      for (const { resultId, inputBase64 } of leases) {
        if (inputBase64 !== undefined) inputs.set(resultId, fromBase64(inputBase64));
      }
    },
    takeStored(tasks) {
      for (const { lease, checkpoint } of tasks) {
        checkpoints.set(lease.resultId, checkpoint);
        inputsKept.add(lease.resultId);
      }
    },
    async prepare(resultId, lease) {
      try {
        const named = Object.entries(lease.files).map(
          async ([name, sha256]) => [name, await files.get(sha256)] as const,
        );
        const [kernel, input, fetched] = await Promise.all([
          library.get(lease.appVersionHash),
          inputOf(lease),
          Promise.all(named),
        ]);
        inputs.set(resultId, input);
        prepared.set(resultId, { lease, kernel, input, files: Object.fromEntries(fetched) });
        dispatch({ type: "prepared", resultId, backends: kernel.backends });
      } catch (error) {
        const message = messageOf(error);
        if (error instanceof DownloadHeld) options.onDownloadHeld();
        host.log("warn", "the files of a workunit could not be prepared", { resultId, why: message });
        dispatch({ type: "prepare_failed", resultId, kind: kindOfFailure(error), message });
      }
    },
    async run(command) {
      const { slotId, resultId } = command;
      const slot = slots.get(slotId);
      const work = prepared.get(resultId);
      stopping.delete(resultId);
      try {
        if (slot === undefined || work === undefined)
          throw new KernelError("worker_failed", "the workunit was not prepared");
        const outcome = await compute(slot, command, work);
        if (slots.get(slotId) !== slot) return; // Terminated meanwhile: the machine has moved on.
        if (outcome.type === "finished") {
          finish(command, work, outcome);
          return;
        }
        if (outcome.checkpoint !== null) keepCheckpoint(work.lease, outcome.checkpoint);
        const { checkpoint } = outcome;
        const facts = checkpoint === null ? null : { progress: checkpoint.progress, format: checkpoint.format };
        dispatch({ type: "run_stopped", slotId, resultId, checkpoint: facts });
      } catch (error) {
        if (slot !== undefined && slots.get(slotId) !== slot) return;
        const failure = error instanceof KernelError ? error : new KernelError("worker_failed", messageOf(error));
        const { code, blame, message } = failure;
        host.log("warn", "a run failed", { resultId, backend: command.backend, code, message });
        dispatch({ type: "run_failed", slotId, resultId, code, blame, message, wallMs: host.wallMs() });
      }
    },
    stopRun(slotId, resultId, checkpoint) {
      stopping.add(resultId);
      slots.get(slotId)?.stop(checkpoint);
    },
    dropTask(resultId) {
      inputs.delete(resultId);
      prepared.delete(resultId);
      stopping.delete(resultId);
      const had = checkpoints.delete(resultId);
      inputsKept.delete(resultId);
      if (!had) return;
      keep([
        { drop: "tasks", key: resultId },
        { drop: "inputs", key: resultId },
      ]);
    },
    dropCheckpoint(resultId) {
      if (checkpoints.delete(resultId)) keep([{ drop: "tasks", key: resultId }]);
    },
    clear() {
      for (const slot of slots.values()) slot.terminate();
      for (const map of [slots, inputs, prepared, checkpoints] as Map<unknown, unknown>[]) map.clear();
      inputsKept.clear();
      stopping.clear();
    },
  };
}

function kindOfFailure(error: unknown): Extract<Event, { type: "prepare_failed" }>["kind"] {
  if (error instanceof UnusableKernel) return "unusable";
  if (error instanceof DownloadHeld) return "held";
  if (error instanceof CallFailed && (error.failure.kind === "network" || error.failure.kind === "rate_limited"))
    return "network";
  return "wrong";
}
