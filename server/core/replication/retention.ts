import { isSuccess, isUnresolved } from "./results.ts";
import type { Result, Workunit } from "./types.ts";

/** S22: assimilation takes effect once: only from ready to done. Null: there is nothing to deliver. */
export function onAssimilated(workunit: Workunit): Workunit | null {
  return workunit.assimilation === "ready" ? { ...workunit, assimilation: "done" } : null;
}

/** How long a project keeps canonical outputs after assimilation; null seconds: for ever. */
export type Retention = { assimilatedSeconds: number; retentionSeconds: number | null };

/**
 * S60: the canonical output may go when assimilation is done, every sent result is over and judged, and the project's
 * retention has passed. Row, digest, time, version and evidence stay.
 */
export function mayDeleteOutput(
  workunit: Workunit,
  results: readonly Result[],
  retention: Retention,
  nowSeconds: number,
): boolean {
  if (workunit.state !== "completed" || workunit.outputDeleted || workunit.assimilation !== "done") return false;
  if (results.some((result) => result.state === "in_progress")) return false;
  if (results.some((result) => isSuccess(result) && isUnresolved(result))) return false;
  if (retention.retentionSeconds === null) return false;
  return Math.floor(nowSeconds) >= retention.assimilatedSeconds + retention.retentionSeconds;
}

export function onOutputDeleted(workunit: Workunit): Workunit {
  return { ...workunit, outputDeleted: true };
}
