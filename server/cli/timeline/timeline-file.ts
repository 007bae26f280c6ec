/** A timeline file as values (tests/timelines/FORMAT.md). */

export type HostSetup = { name: string; user: string; deviceClass: string };
export type Draw = { kind: "trust" } | { kind: "audit" } | { kind: "seed"; seed: number };

export type Setup = {
  name: string | null;
  /** Replication level for untrusted hosts; 0: off. */
  adaptiveLevel: number;
  homogeneity: "off" | "same" | "diverse";
  onePerUser: boolean;
  graceSeconds: number;
  leaseSeconds: number;
  draw: Draw;
  hosts: readonly HostSetup[];
  minQuorum: number;
  targetNResults: number;
  maxErrorResults: number;
  maxTotalResults: number;
  maxSuccessResults: number;
  delayBoundSeconds: number;
  flops: number;
};

export type Action =
  | { type: "send"; host: string; expected: number | null }
  | { type: "report"; host: string; result: number; output: string }
  | { type: "malformed" | "return"; host: string; result: number }
  | { type: "fail"; host: string; result: number; by: "host" | "user" | "server" }
  | { type: "renew" | "forget"; host: string }
  | { type: "expire"; results: readonly number[] }
  | { type: "unreadable" | "readable" | "cancel" | "assimilate" | "purge" | "settle" | "wait" }
  | { type: "cv"; host: string; count: number }
  | { type: "expect"; expectations: readonly Expectation[] };

export type Expectation = { key: string; expected: string };

export type Step = { line: number; text: string; atSeconds: number | null; action: Action };
export type Timeline = { setup: Setup; steps: readonly Step[]; wuLine: number };

/** A file that cannot be replayed as it is written. */
export class TimelineError extends Error {
  override name = "TimelineError";
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}
