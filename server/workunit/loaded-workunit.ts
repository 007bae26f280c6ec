import type { AppVersion } from "../app-version/app-versions.ts";
import { apply } from "../core/replication/apply.ts";
import { decide } from "../core/replication/decide.ts";
import type { Action, State } from "../core/replication/types.ts";

/** What is known of a report beside what the core decides by. */
export type ReportDetails = {
  outputBytes?: number;
  elapsedMs?: number;
  backend?: string;
  deviceClass?: string;
  errorCode?: string;
  errorMessage?: string;
  /** Inline output to store with the result. */
  output?: Buffer;
};

/**
 * A workunit whose row this transaction holds locked: as it was loaded, and as it is after the actions decided so far.
 * Nothing is written until `writeChanges`, so that a batch of reports costs as many statements as one.
 */
export type LoadedWorkunit = {
  readonly id: number;
  readonly batchId: number;
  readonly queueRank: number;
  readonly exclusionKey: number | null;
  readonly version: AppVersion;
  readonly before: State;
  state: State;
  readonly actions: Action[];
  /** By result id. */
  readonly details: Map<string, ReportDetails>;
};

/** Takes over what the core decided. */
export function perform(workunit: LoadedWorkunit, actions: readonly Action[], nowSeconds: number): void {
  if (actions.length === 0) return;
  workunit.state = apply(workunit.state, actions, nowSeconds);
  workunit.actions.push(...actions);
}

/** Decides until nothing is left to decide: once, as `decide` leaves a settled state behind. */
export function settle(workunit: LoadedWorkunit, nowSeconds: number): void {
  const { state } = workunit;
  perform(workunit, decide(state.workunit, state.results, state.verdicts, nowSeconds), nowSeconds);
}
