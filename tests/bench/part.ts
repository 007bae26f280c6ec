import type { BenchDatabases } from "./bench-databases.ts";
import type { RawSpeeds } from "./raw-speeds.ts";
import type { Table } from "./table.ts";

/** What a person may choose. */
export interface BenchOptions {
  /** Seconds of one measured round, roughly. */
  readonly seconds: number;
  /** Results in the larger of the two databases of `validated`. */
  readonly rows: number;
}

/** What the parts of one run share. */
export interface Bench extends BenchOptions {
  /** A line about what happens now; the figures come at the end of each part. */
  say(line: string): void;
  /** One PostgreSQL for all parts, so that their ratios are of the same machine, disk and minute. */
  readonly databases: BenchDatabases;
  /** Claim + report by two statements on that PostgreSQL, measured once per run. */
  readonly raw: RawSpeeds;
}

export interface Part {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<PartReport>;
}

export interface PartReport {
  readonly tables: readonly Table[];
  /** What one must know to read the figures. */
  readonly notes: readonly string[];
  /** Outputs that should be equal and are not, and the like: the run ends with 1. */
  readonly wrong?: readonly string[];
}

/** Something this machine or this build lacks. The message completes "could not run: ". */
export class CannotRun extends Error {
  override name = "CannotRun";
}
