import { DAY_SECONDS } from "../limits.ts";
import { consensusQuorum } from "../replication/policies/consensus.ts";
import type { Policy } from "../wire/app-settings.ts";

/** Somebody's computer, where nothing was measured yet: a core of a laptop in a browser. */
export const ASSUMED_FLOPS_PER_SECOND = 2e9;
/** Of all results sent, so many are lost to closed tabs and errors until something was measured. */
const ASSUMED_LOSS = 0.05;
/** Share of an adaptive app's workunits that go to hosts that are not trusted yet, until something was measured. */
const ASSUMED_UNTRUSTED = 0.3;

export type Measured = {
  /** Of results of the last day: operations per second of one result's computation; null: none came. */
  flopsPerSecond: number | null;
  /** Share of results sent that did not succeed; null: none ended. */
  lossRate: number | null;
  /** Results sent per confirmed workunit; null: none was confirmed. */
  redundancy: number | null;
  /** Device-seconds of computing that volunteers gave over the last day. */
  secondsPerDay: number;
  /** What waits before this: device-seconds of unsent results of the same or a higher priority. */
  secondsAhead: number;
};

export type Planned = {
  workunits: number;
  flopsEach: number;
  policy: Policy;
  minQuorum: number;
  targetNResults: number;
};

export type Estimate = {
  workunits: number;
  /** Results created at once. */
  resultsAtOnce: number;
  /** Computations that it takes until all are confirmed, replacements included. */
  executions: number;
  executionsPerWorkunit: number;
  computeSeconds: number;
  secondsPerExecution: number;
  /** With today's volunteers, after what waits already; null: nobody computed today. */
  doneInSeconds: number | null;
  isMeasured: boolean;
};

/** Computations per workunit that a policy asks for when nothing goes wrong. */
export function executionsAsked({
  policy,
  minQuorum,
  targetNResults,
}: Omit<Planned, "workunits" | "flopsEach">): number {
  const base = Math.max(minQuorum, targetNResults);
  switch (policy.type) {
    case "full":
    case "verified":
      return base;
    case "partial":
      return policy.select.by === "rate" ? base + policy.select.rate * Math.max(0, policy.level - base) : base;
    case "adaptive":
      return base + ASSUMED_UNTRUSTED * Math.max(0, policy.level - base);
    case "consensus":
      return Math.max(base, consensusQuorum(policy.rule));
    case "hybrid":
      return base + policy.sampleRate * Math.max(0, policy.level - base);
  }
}

/** What a batch costs and when it is done, from what was measured; it is an estimate and says whether it rests on anything. */
export function estimate(planned: Planned, measured: Measured): Estimate {
  const { workunits, flopsEach } = planned;
  const asked = executionsAsked(planned);
  const loss = Math.min(0.9, measured.lossRate ?? ASSUMED_LOSS);
  // Past batches of the app know their own disagreements; but never less than what is asked for now.
  const each = Math.max(asked / (1 - loss), planned.policy.type === "adaptive" ? (measured.redundancy ?? 0) : 0);
  const secondsPerExecution = flopsEach / (measured.flopsPerSecond ?? ASSUMED_FLOPS_PER_SECOND);
  const executions = Math.ceil(workunits * each);
  const computeSeconds = executions * secondsPerExecution;
  const { secondsPerDay, secondsAhead } = measured;
  return {
    workunits,
    resultsAtOnce: workunits * Math.max(planned.minQuorum, planned.targetNResults),
    executions,
    executionsPerWorkunit: each,
    computeSeconds,
    secondsPerExecution,
    doneInSeconds: secondsPerDay <= 0 ? null : ((secondsAhead + computeSeconds) / secondsPerDay) * DAY_SECONDS,
    isMeasured: measured.flopsPerSecond !== null,
  };
}
