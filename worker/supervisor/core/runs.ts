import type { BackendKind } from "../../../server/core/wire/exchange.ts";
import { assertNever } from "./assert-never.ts";
import { backoffMs } from "./backoff.ts";
import { changeTask, soundBackends, type Turn } from "./draft.ts";
import { durationKey, learnDuration } from "./durations.ts";
import { type AfterFailure, afterFailure } from "./failure.ts";
import { plan } from "./governor.ts";
import { fail } from "./life.ts";
import { DEVICE_LOSSES_MAX, FETCH_ATTEMPTS, SLOT_RESTART_MS, SLOT_STARTS_MAX } from "./limits.ts";
import { declareUnable, endByReport, giveBack, recordRun } from "./reports.ts";
import { discardSlot, freeSlot, leaveRun, usableBackends } from "./slots.ts";
import type { Event, Task } from "./types.ts";

/** What compute workers tell: ready, progress, finished, failed, stopped, dead. */

export function slotReady({ draft }: Turn, event: Extract<Event, { type: "slot_ready" }>): void {
  const slot = draft.slots.get(event.slotId);
  if (slot?.state.at === "starting") draft.slots.set(slot.id, { ...slot, state: { at: "idle" } });
}

export function prepared(turn: Turn, event: Extract<Event, { type: "prepared" }>): void {
  const task = turn.draft.tasks.get(event.resultId);
  if (task?.state.at !== "fetching") return;
  // Where outputs of different devices must not mix, or must differ, the server says which backend is to compute.
  const { backend } = task.lease;
  const backends = backend === undefined ? event.backends : event.backends.filter((kind) => kind === backend);
  changeTask(turn, event.resultId, { state: { at: "ready" }, backends });
}

export function progressed(turn: Turn, event: Extract<Event, { type: "progress" }>): void {
  const task = turn.draft.tasks.get(event.resultId);
  if (task?.state.at !== "running" || task.state.slotId !== event.slotId) return;
  changeTask(turn, event.resultId, { state: { ...task.state, progress: event.progress, steps: event.steps } });
}

export function checkpointRefused(turn: Turn, event: Extract<Event, { type: "checkpoint_refused" }>): void {
  const task = turn.draft.tasks.get(event.resultId);
  if (task === undefined) return;
  const state = task.state.at === "running" ? { ...task.state, resumedFrom: 0 } : task.state;
  changeTask(turn, event.resultId, { checkpoint: null, state });
  turn.commands.push({ type: "drop_checkpoint", resultId: event.resultId });
}

export function runStopped(turn: Turn, event: Extract<Event, { type: "run_stopped" }>): void {
  const task = turn.draft.tasks.get(event.resultId);
  if (task?.state.at === "running" && task.state.slotId === event.slotId) {
    if (event.checkpoint !== null) changeTask(turn, event.resultId, { checkpoint: event.checkpoint });
    leaveRun(turn, event.resultId, task.state.stopping);
  }
  freeSlot(turn, event.slotId);
}

/** A compute worker that did not start, or died without a run; a run that dies with its worker is `run_failed`. */
export function slotFailed(turn: Turn, event: Extract<Event, { type: "slot_failed" }>): void {
  const { draft, at } = turn;
  const slot = draft.slots.get(event.slotId);
  if (slot === undefined || slot.state.at === "busy") return;
  const failedStarts = slot.failedStarts + 1;
  if (slot.closing || failedStarts >= SLOT_STARTS_MAX) {
    discardSlot(turn, slot.id);
    if (failedStarts >= SLOT_STARTS_MAX) giveUpBackend(turn, slot.backend, event.message);
    return;
  }
  const retryAtMs = at.nowMs + SLOT_RESTART_MS * failedStarts;
  draft.slots.set(slot.id, { ...slot, state: { at: "broken", retryAtMs }, failedStarts, share: null });
}

function giveUpBackend(turn: Turn, backend: BackendKind, message: string): void {
  const { draft } = turn;
  markBackend(turn, backend, { state: "lost", detail: message });
  if (soundBackends(draft).length === 0 && draft.mode === "on") fail(turn, "worker_unavailable", message);
}

function markBackend(turn: Turn, backend: BackendKind, mark: { state: "lost" | "wrong"; detail: string }): void {
  turn.draft.backends = turn.draft.backends.map((b) => (b.kind === backend ? { ...b, ...mark } : b));
}

export function prepareFailed(turn: Turn, event: Extract<Event, { type: "prepare_failed" }>): void {
  const { draft, at } = turn;
  const task = draft.tasks.get(event.resultId);
  if (task?.state.at !== "fetching") return;
  const fetchFailures = task.fetchFailures + 1;
  const wrongFiles = task.wrongFiles + (event.kind === "wrong" ? 1 : 0);
  if (event.kind === "unusable") {
    const { resultId, leaseToken } = task.lease;
    const message = event.message.slice(0, 500);
    endByReport(turn, { kind: "error", resultId, leaseToken, code: "files_unusable", message }, false);
  } else if (event.kind === "held") {
    // Others need not wait until tomorrow; no more is asked for until then.
    giveBack(turn, task);
  } else if (wrongFiles >= FETCH_ATTEMPTS) {
    declareUnable(turn, task);
  } else {
    const retryAtMs = at.nowMs + backoffMs(fetchFailures, at.random);
    changeTask(turn, event.resultId, { fetchFailures, wrongFiles, state: { at: "fetch_failed", retryAtMs } });
  }
}

export function finished(turn: Turn, event: Extract<Event, { type: "finished" }>): void {
  const { draft } = turn;
  const task = draft.tasks.get(event.resultId);
  if (task?.state.at === "running" && task.state.slotId === event.slotId) {
    if (event.whole) {
      const key = durationKey(task.state.backend, task.lease.appVersionHash);
      draft.durationsMs = learnDuration(draft.durationsMs, key, event.elapsedMs);
    }
    const { finishedWallMs, elapsedMs } = event;
    recordRun(turn, task, { ended: "output", errorCode: null, elapsedMs, finishedWallMs });
    // The lease may have been handed out again while it ran: the token that counts is the task's.
    endByReport(turn, { ...event.report, leaseToken: task.lease.leaseToken }, event.needsUpload);
  }
  freeSlot(turn, event.slotId);
}

export function runFailed(turn: Turn, event: Extract<Event, { type: "run_failed" }>): void {
  const { draft } = turn;
  const task = draft.tasks.get(event.resultId);
  if (task?.state.at !== "running" || task.state.slotId !== event.slotId) {
    freeSlot(turn, event.slotId);
    return;
  }
  const { backend, stopping } = task.state;
  if (event.code === "device_lost") noteDeviceLoss(turn, event.message);
  // It computes wrongly: nothing more goes there, and the next exchange tells the server.
  if (event.code === "known_answer_wrong") markBackend(turn, backend, { state: "wrong", detail: event.message });
  // A hung kernel holds its thread: only terminating the compute worker ends it. A new one takes its place.
  if (event.code === "hung" || event.code === "worker_failed") discardSlot(turn, event.slotId);
  else freeSlot(turn, event.slotId);
  if (event.code === "hung" && backend === "wgsl") lookAtGpuAgain(turn);
  if (stopping?.drop === true) {
    leaveRun(turn, event.resultId, stopping);
    return;
  }
  const usable = usableBackends(draft, plan(draft));
  const failure = { code: event.code, blame: event.blame, backend };
  obeyAfterFailure(turn, { task, event, backend, after: afterFailure(task, failure, usable) });
}

interface FailedRun {
  readonly task: Task;
  readonly event: Extract<Event, { type: "run_failed" }>;
  readonly backend: "wasm" | "wgsl";
  readonly after: AfterFailure;
}

function obeyAfterFailure(turn: Turn, { task, event, backend, after }: FailedRun): void {
  const { resultId, leaseToken } = task.lease;
  switch (after.type) {
    case "retry":
      changeTask(turn, resultId, {
        state: { at: "ready" },
        failures: { ...task.failures, [backend]: task.failures[backend] + 1 },
        excluded: after.exclude === null ? task.excluded : [...task.excluded, after.exclude],
        ...(after.dropCheckpoint ? { checkpoint: null } : {}),
      });
      if (after.dropCheckpoint) turn.commands.push({ type: "drop_checkpoint", resultId });
      return;
    case "return":
      declareUnable(turn, task);
      return;
    case "report": {
      const { code, wallMs } = event;
      recordRun(turn, task, { ended: "error", errorCode: code, elapsedMs: null, finishedWallMs: wallMs });
      const message = event.message.slice(0, 500);
      endByReport(turn, { kind: "error", resultId, leaseToken, code, message, backend }, false);
      return;
    }
    default:
      assertNever(after);
  }
}

/**
 * A dispatch cannot be ended, only not followed: the graphics card may be busy with it for ever, and what came next would
 * seem to hang too. Until it answers its known answer again it gets nothing.
 */
function lookAtGpuAgain(turn: Turn): void {
  const { draft, commands } = turn;
  draft.backends = draft.backends.map((b) => (b.kind === "wgsl" ? { ...b, state: "checking" } : b));
  if (draft.mode === "on") commands.push({ type: "check_device" });
}

function noteDeviceLoss(turn: Turn, message: string): void {
  turn.draft.deviceLosses += 1;
  if (turn.draft.deviceLosses >= DEVICE_LOSSES_MAX) giveUpBackend(turn, "wgsl", message);
}
