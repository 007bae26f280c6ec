import { decideAudits } from "../audit/decide-audits.ts";
import { addToTotals } from "../batch/batch-totals.ts";
import { mailBatches, tellBatches } from "../batch/tell-batches.ts";
import { watchBatches } from "../batch/watch-batches.ts";
import { foldCredit } from "../credit/fold-credit.ts";
import { ensureSameCluster } from "../credit/recompute-credit.ts";
import type { Deps } from "../deps.ts";
import { exportStatistics } from "../export/export-statistics.ts";
import { cleanFiles, takeStock } from "../file/clean-files.ts";
import { deliverToHandlers } from "../handler/deliver-to-handlers.ts";
import { flushRefusals } from "../operator/count-refusals.ts";
import { deliverOutbox } from "../outbox/deliver-outbox.ts";
import { rollUpStatus } from "../status/roll-up.ts";
import { advanceDue } from "./advance-due.ts";
import { endUnsendable } from "./end-unsendable.ts";
import { refillProjects } from "./refill-projects.ts";
import { runVerdicts } from "./run-verdicts.ts";

/** One thing the sweeper does, again and again. */
export type Chore = {
  name: string;
  everySeconds: number;
  /** Harmless when several processes do it at once, and when nothing is to do. */
  run(deps: Deps, nowSeconds: number): Promise<unknown>;
};

/** Everything that only time does. What a report can do, the report's own transaction did. */
export const CHORES: readonly Chore[] = [
  { name: "deadlines and leases", everySeconds: 1, run: advanceDue },
  { name: "verdicts", everySeconds: 1, run: runVerdicts },
  { name: "assimilation", everySeconds: 1, run: (deps, now) => deliverOutbox(deps, { kind: "assimilate" }, now) },
  { name: "recalls", everySeconds: 5, run: (deps, now) => deliverOutbox(deps, { kind: "recall" }, now) },
  { name: "handlers", everySeconds: 1, run: deliverToHandlers },
  { name: "batches", everySeconds: 2, run: watchBatches },
  { name: "messages about batches", everySeconds: 2, run: tellBatches },
  { name: "totals of batches", everySeconds: 60, run: addToTotals },
  { name: "letters about batches", everySeconds: 5, run: mailBatches },
  { name: "rechecks", everySeconds: 5, run: (deps, now) => deliverOutbox(deps, { kind: "recheck" }, now) },
  { name: "audits", everySeconds: 5, run: decideAudits },
  { name: "credit", everySeconds: 2, run: foldCredit },
  { name: "status", everySeconds: 5, run: rollUpStatus },
  { name: "deletion", everySeconds: 30, run: (deps, now) => deliverOutbox(deps, { kind: "delete_output" }, now) },
  { name: "refill", everySeconds: 30, run: refillProjects },
  { name: "statistics", everySeconds: 600, run: exportStatistics },
  { name: "unsendable", everySeconds: 3_600, run: endUnsendable },
  { name: "refusals", everySeconds: 30, run: flushRefusals },
  { name: "files", everySeconds: 600, run: cleanFiles },
  { name: "stocktaking", everySeconds: 24 * 3_600, run: takeStock },
  { name: "cluster", everySeconds: 3_600, run: ensureSameCluster },
];

/** Runs every chore once, in order: what tests and command line tools use instead of waiting. */
export async function sweepOnce(deps: Deps, nowSeconds: number): Promise<void> {
  for (const chore of CHORES) await chore.run(deps, nowSeconds);
}
