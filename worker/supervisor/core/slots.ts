import type { BackendKind } from "../../../server/core/wire/exchange.ts";
import { changeSlot, changeTask, type Draft, soundBackends, type Turn } from "./draft.ts";
import type { Plan } from "./governor.ts";
import { STOP_GRACE_MS } from "./limits.ts";
import { declareUnable, endByReport, giveBack } from "./reports.ts";
import type { Slot, State, Task } from "./types.ts";

/** Compute workers: how many there should be, which workunit each gets, and how they are stopped. */

/** One compute worker feeds the GPU; the others compute on CPU cores. */
export function wantedSlots(state: State | Draft, plan: Plan): Record<BackendKind, number> {
  const sound = soundBackends(state);
  const gpu = sound.includes("wgsl") && plan.gpuShare > 0;
  return { wasm: sound.includes("wasm") ? plan.cpuWorkers : 0, wgsl: gpu ? 1 : 0 };
}

/** Backends that may compute now: sound, and given a compute worker by the governor. */
export function usableBackends(state: State | Draft, plan: Plan): BackendKind[] {
  const wanted = wantedSlots(state, plan);
  return (["wgsl", "wasm"] as const).filter((backend) => wanted[backend] > 0);
}

/** Opens what is missing, closes what is too many, starts again what broke. */
export function settleSlots(turn: Turn, plan: Plan): void {
  const { draft, at, commands } = turn;
  const wanted = wantedSlots(draft, plan);
  for (const backend of ["wasm", "wgsl"] as const) {
    const live = [...draft.slots.values()].filter((slot) => slot.backend === backend && !slot.closing);
    for (const slot of surplus(live, wanted[backend])) closeSlot(turn, slot);
    if (plan.paused !== null) continue;
    for (let missing = wanted[backend] - live.length; missing > 0; missing -= 1) openSlot(turn, backend);
  }
  for (const slot of draft.slots.values()) {
    if (slot.state.at !== "broken" || at.nowMs < slot.state.retryAtMs || plan.paused !== null) continue;
    changeSlot(turn, slot.id, { state: { at: "starting" }, share: null });
    commands.push({ type: "open_slot", slotId: slot.id, backend: slot.backend });
  }
}

/** Idle ones go before busy ones, young ones before old ones. */
function surplus(live: readonly Slot[], wanted: number): Slot[] {
  if (live.length <= wanted) return [];
  const byWorth = [...live].sort(
    (a, b) => Number(b.state.at === "busy") - Number(a.state.at === "busy") || a.id - b.id,
  );
  return byWorth.slice(wanted);
}

function openSlot(turn: Turn, backend: BackendKind): void {
  const id = turn.draft.nextSlotId;
  turn.draft.nextSlotId += 1;
  turn.draft.slots.set(id, { id, backend, state: { at: "starting" }, closing: false, failedStarts: 0, share: null });
  turn.commands.push({ type: "open_slot", slotId: id, backend });
}

function closeSlot(turn: Turn, slot: Slot): void {
  if (slot.state.at === "busy") {
    changeSlot(turn, slot.id, { closing: true });
    stopRun(turn, slot.state.resultId);
    return;
  }
  turn.draft.slots.delete(slot.id);
  turn.commands.push({ type: "close_slot", slotId: slot.id });
}

/** Asks a run to end after its step, with a checkpoint; its task then waits where it got to. */
export function stopRun(turn: Turn, resultId: string): void {
  const task = turn.draft.tasks.get(resultId);
  if (task?.state.at !== "running" || task.state.stopping !== null) return;
  changeTask(turn, resultId, { state: { ...task.state, stopping: { sinceMs: turn.at.nowMs, drop: false } } });
  turn.commands.push({ type: "stop_run", slotId: task.state.slotId, resultId, checkpoint: true });
}

/** A compute worker that does not stop in time is terminated: its last checkpoint has to do. */
export function killOverdueStops(turn: Turn): void {
  for (const [resultId, task] of turn.draft.tasks) {
    if (task.state.at !== "running" || task.state.stopping === null) continue;
    if (turn.at.nowMs < task.state.stopping.sinceMs + STOP_GRACE_MS) continue;
    const { slotId, stopping } = task.state;
    discardSlot(turn, slotId);
    leaveRun(turn, resultId, stopping);
  }
}

export function discardSlot(turn: Turn, slotId: number): void {
  if (turn.draft.slots.delete(slotId)) turn.commands.push({ type: "close_slot", slotId });
}

/** After a run was stopped or its compute worker terminated: back to the shelf, or out. */
export function leaveRun(turn: Turn, resultId: string, stopping: null | { readonly drop: boolean }): void {
  const task = turn.draft.tasks.get(resultId);
  if (task === undefined) return;
  if (stopping?.drop === true) {
    const { leaseToken } = task.lease;
    endByReport(turn, { kind: "aborted", resultId, leaseToken, by: "server" }, false);
    return;
  }
  changeTask(turn, resultId, { state: { at: "ready" } });
}

/** The slot's run is over, however it ended. */
export function freeSlot(turn: Turn, slotId: number): void {
  const slot = turn.draft.slots.get(slotId);
  if (slot === undefined) return;
  if (slot.closing) discardSlot(turn, slotId);
  else changeSlot(turn, slotId, { state: { at: "idle" }, failedStarts: 0 });
}

/** Gives every idle compute worker something; what was begun goes first, then what was leased first. */
export function assignTasks(turn: Turn, plan: Plan): void {
  const usable = usableBackends(turn.draft, plan);
  for (const task of turn.draft.tasks.values()) {
    const possible = task.backends?.some((b) => usable.includes(b) && !task.excluded.includes(b));
    if (task.state.at !== "ready" || possible !== false) continue;
    // Nothing may compute at all: then no more is asked for, and a change of settings is to help at once.
    if (usable.length === 0) giveBack(turn, task);
    else declareUnable(turn, task);
  }
  // The GPU first: where there is one workunit left, it is done sooner there.
  const byWorth = [...turn.draft.slots.values()].sort((a, b) => b.backend.localeCompare(a.backend) || a.id - b.id);
  for (const slot of byWorth) {
    if (slot.state.at !== "idle" || slot.closing) continue;
    const task = pickTask(turn.draft, slot.backend, usable);
    if (task !== null) beginRun(turn, slot, task);
  }
}

function pickTask(draft: Draft, backend: BackendKind, usable: readonly BackendKind[]): Task | null {
  let best: Task | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const task of draft.tasks.values()) {
    if (task.state.at !== "ready" || task.excluded.includes(backend) || task.backends?.includes(backend) !== true)
      continue;
    const elsewhere = task.backends.some((b) => b !== backend && usable.includes(b) && !task.excluded.includes(b));
    const rank = (task.checkpoint === null ? 2 : 0) + (elsewhere ? 1 : 0);
    if (rank < bestRank) {
      best = task;
      bestRank = rank;
    }
  }
  return best;
}

function beginRun(turn: Turn, slot: Slot, task: Task): void {
  const { resultId } = task.lease;
  const resumedFrom = task.checkpoint?.progress ?? 0;
  changeSlot(turn, slot.id, { state: { at: "busy", resultId } });
  changeTask(turn, resultId, {
    started: true,
    state: {
      at: "running",
      slotId: slot.id,
      backend: slot.backend,
      startedAtMs: turn.at.nowMs,
      resumedFrom,
      progress: resumedFrom,
      steps: 0,
      stopping: null,
    },
  });
  turn.commands.push({ type: "run", slotId: slot.id, resultId, backend: slot.backend });
}

export function setPaces(turn: Turn, plan: Plan): void {
  for (const slot of turn.draft.slots.values()) {
    if (slot.state.at === "starting" || slot.state.at === "broken") continue;
    const share = slot.backend === "wgsl" ? plan.gpuShare : plan.cpuShare;
    if (slot.share === share) continue;
    changeSlot(turn, slot.id, { share });
    turn.commands.push({ type: "set_pace", slotId: slot.id, targetStepMs: plan.targetStepMs, dutyCycle: share });
  }
}
