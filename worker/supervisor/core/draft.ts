import type { BackendKind } from "../../../server/core/wire/exchange.ts";
import type { RecordEntry } from "../view.ts";
import type { At, Command, QueuedReport, Slot, State, Task, Totals } from "./types.ts";

/** A state in the making: the handlers of one event change it freely, nobody else ever sees it half done. */
export type Draft = { -readonly [K in Exclude<keyof State, "tasks" | "reports" | "slots" | "history">]: State[K] } & {
  tasks: Map<string, Task>;
  reports: Map<string, QueuedReport>;
  slots: Map<number, Slot>;
  history: Map<string, RecordEntry>;
};

/** What every handler gets: the draft, the moment, and where commands go. */
export interface Turn {
  readonly draft: Draft;
  readonly at: At;
  readonly commands: Command[];
}

export function draftOf(state: State): Draft {
  return {
    ...state,
    tasks: new Map(state.tasks),
    reports: new Map(state.reports),
    slots: new Map(state.slots),
    history: new Map(state.history),
  };
}

export function changeTask(turn: Turn, resultId: string, change: Partial<Task>): void {
  const task = turn.draft.tasks.get(resultId);
  if (task !== undefined) turn.draft.tasks.set(resultId, { ...task, ...change });
}

export function changeSlot(turn: Turn, slotId: number, change: Partial<Slot>): void {
  const slot = turn.draft.slots.get(slotId);
  if (slot !== undefined) turn.draft.slots.set(slotId, { ...slot, ...change });
}

export function forgetTask(turn: Turn, resultId: string): void {
  if (turn.draft.tasks.delete(resultId)) turn.commands.push({ type: "drop_task", resultId });
}

/** Backends of this device that answered their known answer. */
export function soundBackends(state: Pick<State, "backends">): BackendKind[] {
  return state.backends.filter((b) => b.state === "ok").map((b) => b.kind);
}

export const NO_TOTALS: Totals = { creditMicro: "0", confirmed: 0, notConfirmed: 0 };
