import { tally } from "../replication/results.ts";
import type { Result, Workunit } from "../replication/types.ts";
import { compareIds } from "./fair-share.ts";

/** An unsent result that may be handed out. */
export type Waiting = { workunitId: string; batchId: string; priority: number; number: number };

/** S75: within a project by priority, then the oldest batch, then the order of creation. */
export function compareWaiting(a: Waiting, b: Waiting): number {
  return (
    b.priority - a.priority ||
    compareIds(a.batchId, b.batchId) ||
    compareIds(a.workunitId, b.workunitId) ||
    a.number - b.number
  );
}

/** S76: others have or had its results, and one more may complete its quorum. */
export function lacksOneResult(workunit: Workunit, results: readonly Result[]): boolean {
  if (workunit.state !== "open") return false;
  const { inProgress, successes } = tally(results);
  const begun = inProgress.length + successes.length;
  return begun > 0 && workunit.minQuorum - begun <= 1;
}

/**
 * S76: what is handed out of two ordered queues: workunits that lack one result go first, for up to half of the hand-outs;
 * what one queue cannot fill the other may. `draw` in [0, 1) decides who gets the odd one.
 */
export function handOut<T>(lackingOne: readonly T[], fresh: readonly T[], wanted: number, draw: number): T[] {
  const half = Math.floor(wanted / 2) + (wanted % 2 === 1 && draw < 0.5 ? 1 : 0);
  const first = lackingOne.slice(0, half);
  const second = fresh.slice(0, wanted - first.length);
  const rest = lackingOne.slice(first.length, wanted - second.length);
  return [...first, ...second, ...rest];
}
