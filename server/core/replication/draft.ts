import { apply } from "./apply.ts";
import type { Action, HostEvent, State, SuccessResult } from "./types.ts";

/** A decision in the making: what was decided so far, and the state as it is after that. */
export class Draft {
  readonly actions: Action[] = [];
  readonly now: number;
  state: State;

  constructor(state: State, nowSeconds: number) {
    this.state = state;
    this.now = Math.floor(nowSeconds);
  }

  do(...actions: Action[]): void {
    if (actions.length === 0) return;
    this.actions.push(...actions);
    this.state = apply(this.state, actions, this.now);
  }
}

/** Tell the standing of the host that a result was sent to. */
export function note(result: { id: string; holder: { hostId: string } }, event: HostEvent): Action {
  return { type: "note_host", hostId: result.holder.hostId, resultId: result.id, event };
}

/** Every result of a workunit that gets credit gets the same (S63). */
export function grant(result: SuccessResult, creditMicro: number): Action {
  const { hostId, userId } = result.holder;
  return { type: "grant_credit", resultId: result.id, hostId, userId, creditMicro };
}
