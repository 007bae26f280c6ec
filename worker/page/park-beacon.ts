import { PARK_PATH } from "../../server/core/wire/constants.ts";
import type { ParkRequest } from "../../server/core/wire/http.ts";
import type { HeldLease } from "../supervisor/supervisor.ts";

/**
 * Says in the last moment of a page what becomes of its leases. Only a beacon is promised to be sent then; there is no
 * time to ask anybody, so each lease's own token is the proof.
 */
export interface ParkBeacon {
  hold(leases: readonly HeldLease[]): void;
  /** `mayHide`: the volunteer wants nothing computed while hidden. */
  watch(options: { pausesWhenHidden(): boolean; onSent(returned: readonly string[]): void }): () => void;
}

export function createParkBeacon(): ParkBeacon {
  let held: readonly HeldLease[] = [];

  return {
    hold(leases) {
      held = leases;
    },
    watch({ pausesWhenHidden, onSent }) {
      const ended = new AbortController();
      const { signal } = ended;
      /** What has a checkpoint goes on from it after a reload; the rest is better off with others at once. */
      const leave = (): void => {
        if (held.length === 0) return;
        const giveBack = held.filter((lease) => !lease.hasCheckpoint);
        if (sendBeacon({ park: plain(held.filter((lease) => lease.hasCheckpoint)), giveBack: plain(giveBack) })) {
          onSent(giveBack.map(({ resultId }) => resultId));
        }
      };
      /** The worker usually lives on for a moment and takes checkpoints, but a phone may suspend it at once. */
      const hide = (): void => {
        if (document.visibilityState === "hidden" && pausesWhenHidden() && held.length > 0)
          sendBeacon({ park: plain(held) });
      };
      window.addEventListener("pagehide", leave, { signal });
      document.addEventListener("freeze", leave, { signal });
      document.addEventListener("visibilitychange", hide, { signal });
      return () => ended.abort();
    },
  };
}

function plain(leases: readonly HeldLease[]): { resultId: string; leaseToken: string }[] {
  return leases.map(({ resultId, leaseToken }) => ({ resultId, leaseToken }));
}

function sendBeacon(request: ParkRequest): boolean {
  return navigator.sendBeacon(PARK_PATH, JSON.stringify(request));
}
