import type { LeaseProof } from "./core/lease-proof.ts";
import { STOP_PARK_MS } from "./core/limits.ts";
import type { Host } from "./host.ts";

/** Calls that park leases, while they are unanswered. */
export interface Parkings {
  add(leases: readonly LeaseProof[], call: Promise<void>): void;
  leases(): LeaseProof[];
  /** Resolves when the server has been told what is parked, or does not answer. */
  answered(): Promise<void>;
}

/** `onAnswer`: fewer are under way. */
export function createParkings(host: Pick<Host, "timer">, onAnswer: () => void): Parkings {
  const calls = new Map<Promise<void>, readonly LeaseProof[]>();
  return {
    add(leases, call) {
      calls.set(call, leases);
      void call.finally(() => {
        calls.delete(call);
        onAnswer();
      });
    },
    leases: () => [...calls.values()].flat(),
    answered() {
      if (calls.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const endWait = host.timer(STOP_PARK_MS, resolve);
        void Promise.all(calls.keys()).then(() => {
          endWait();
          resolve();
        });
      });
    },
  };
}
