import { PARK_PATH } from "../../server/core/wire/constants.ts";
import type { ParkRequest } from "../../server/core/wire/http.ts";
import { proofOf } from "../supervisor/core/lease-proof.ts";
import type { HeldLease } from "../supervisor/held-leases.ts";

/**
 * Says in the last moment of a page what becomes of its leases. Only a beacon is promised to be sent then; there is no
 * time to ask anybody, so each lease's own token is the proof.
 */
export interface ParkBeacon {
  hold(leases: readonly HeldLease[]): void;
  /** When the volunteer stops. The worker says more once it has stopped; a browser that is quit now says nothing at all. */
  parkNow(): void;
  /** `mayHide`: the volunteer wants nothing computed while hidden. */
  watch(options: { pausesWhenHidden(): boolean; onSent(returned: readonly string[]): void }): () => void;
}

/** A browser refuses beacons above 64 KiB, all that are under way together: what is left out of so many runs out. */
const MOST_LEASES = 700;

export function createParkBeacon(): ParkBeacon {
  let held: readonly HeldLease[] = [];

  return {
    hold(leases) {
      held = leases;
    },
    parkNow() {
      sendBeacon(held, () => true);
    },
    watch({ pausesWhenHidden, onSent }) {
      const ended = new AbortController();
      const { signal } = ended;
      /** What is stored goes on, or is reported, after a reload; the rest is better off with others at once. */
      const leave = (): void => {
        if (sendBeacon(held, ({ is }) => is === "kept"))
          onSent(held.filter(({ is }) => is === "begun").map(({ resultId }) => resultId));
      };
      /** The worker usually lives on for a moment and takes checkpoints, but a phone may suspend it at once. */
      const hide = (): void => {
        if (document.visibilityState === "hidden" && pausesWhenHidden())
          sendBeacon(held, ({ is }) => is !== "returned");
      };
      window.addEventListener("pagehide", leave, { signal });
      document.addEventListener("freeze", leave, { signal });
      document.addEventListener("visibilitychange", hide, { signal });
      return () => ended.abort();
    },
  };
}

/** Parks the leases that `isKept` and hands back the others; true when the browser took it over. */
function sendBeacon(held: readonly HeldLease[], isKept: (lease: HeldLease) => boolean): boolean {
  const leases = held.slice(0, MOST_LEASES);
  if (leases.length === 0) return false;
  const request: ParkRequest = {
    park: leases.filter(isKept).map(proofOf),
    giveBack: leases.filter((lease) => !isKept(lease)).map(proofOf),
  };
  return navigator.sendBeacon(PARK_PATH, JSON.stringify(request));
}
