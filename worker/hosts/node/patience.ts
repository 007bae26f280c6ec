import type { State } from "../../supervisor/core/types.ts";

/** For `--once`: how long the server has not been reached. */
export interface Patience {
  /** Looks at the state after every event. */
  look(state: State, nowMs: number): void;
  isOver(nowMs: number): boolean;
}

export function createPatience(seconds: number): Patience {
  let troubleSinceMs: number | null = null;
  return {
    look(state, nowMs) {
      // Stopping is the end of it: there is nothing left to wait for.
      if (state.mode === "off" || state.mode === "stopping") return;
      troubleSinceMs = state.trouble === null ? null : (troubleSinceMs ?? nowMs);
    },
    isOver: (nowMs) => troubleSinceMs !== null && nowMs - troubleSinceMs >= seconds * 1000,
  };
}
