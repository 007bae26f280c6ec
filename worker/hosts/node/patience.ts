import type { Reason, VolunteerState } from "../../supervisor/view.ts";

/** For `--once`: how long nothing could be done, because the server was silent or this volunteer's own settings forbid it. */
export interface Patience {
  /** Looks at the state after every change. */
  look(shown: VolunteerState, nowMs: number): void;
  /** Why it is over; null while it is not. */
  over(nowMs: number): null | { readonly type: "unreachable" } | { readonly type: "held"; readonly reason: Reason };
}

/** While it waits for one of these it is its owner's settings that keep it waiting, and not the server. */
const OWN_DOING: readonly Reason["key"][] = ["nothing_allowed", "paused_save_data", "paused_daily_download"];

export function createPatience(seconds: number): Patience {
  let troubleSinceMs: number | null = null;
  let held: { sinceMs: number; reason: Reason } | null = null;
  const isLong = (sinceMs: number, nowMs: number): boolean => nowMs - sinceMs >= seconds * 1000;
  return {
    look({ phase, reason, network }, nowMs) {
      // Stopping is the end of it: there is nothing left to wait for.
      if (phase === "off" || phase === "stopping") return;
      troubleSinceMs = network.retryInSeconds === null ? null : (troubleSinceMs ?? nowMs);
      const isHeld = reason !== null && (phase === "paused" || (phase === "waiting" && OWN_DOING.includes(reason.key)));
      held = isHeld ? { sinceMs: held?.sinceMs ?? nowMs, reason } : null;
    },
    over(nowMs) {
      if (troubleSinceMs !== null && isLong(troubleSinceMs, nowMs)) return { type: "unreachable" };
      if (held !== null && isLong(held.sinceMs, nowMs)) return { type: "held", reason: held.reason };
      return null;
    },
  };
}
