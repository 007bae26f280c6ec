import { choosePolicy, HARMS, type Harm } from "../submission/choose-policy.ts";
import type { HostMix } from "./hosts.ts";
import { simulate } from "./simulate.ts";

/** Shares of all volunteers, 0..1; the rest are honest. Together at most 1. */
export type Doubtful = {
  /** Honest people with hardware that errs in one result of twenty. */
  faulty: number;
  /** Each makes something up for half of the results. */
  lying: number;
  /** They have agreed on the same lie for half of the workunits. */
  colluding: number;
};

/** "none": every first answer counts. The others are what an answer to "how bad is a wrong answer?" leads to. */
export const WHAT_IF_POLICIES = ["none", ...HARMS] as const;
export type WhatIfPolicy = (typeof WHAT_IF_POLICIES)[number];

export type WhatIf = {
  /** Of a thousand accepted results, how many are wrong. */
  wrongPerThousand: number;
  /** Computations for each accepted result. */
  executions: number;
  /** Of a thousand workunits, how many end without an answer. */
  failedPerThousand: number;
};

export const WHAT_IF_PEOPLE = 200;
export const WHAT_IF_WORKUNITS = 2_000;

/**
 * What a policy lets through and costs among two hundred volunteers: two thousand workunits, simulated on the rules that decide
 * real ones. An exact figure of one seeded run, so rates below a few per thousand are rough.
 */
export function whatIf(policy: WhatIfPolicy, doubtful: Doubtful, seed = 1): WhatIf {
  const report = simulate({
    seed,
    workunits: WHAT_IF_WORKUNITS,
    hosts: hostsOf(doubtful),
    ...(policy === "none" ? NONE : chosen(policy)),
    checkInvariants: false,
  });
  const { completed, executions, acceptedWrong } = report;
  return {
    wrongPerThousand: completed === 0 ? 0 : (1_000 * acceptedWrong) / completed,
    executions: completed === 0 ? 0 : executions / completed,
    failedPerThousand: (1_000 * (report.failed + report.unfinished)) / WHAT_IF_WORKUNITS,
  };
}

const NONE = { policy: { type: "full" }, parameters: { minQuorum: 1 } } as const;

function chosen(harm: Harm) {
  const { policy, parameters } = choosePolicy(harm, { exactness: "exact", verify: undefined, missionCritical: false });
  // Simulated devices are all of one kind.
  return { policy, parameters: { minQuorum: parameters.minQuorum } };
}

function hostsOf({ faulty, lying, colluding }: Doubtful): HostMix {
  const people = (share: number) => Math.round(share * WHAT_IF_PEOPLE);
  const others: HostMix = [
    { behaviour: { kind: "erring", rate: 0.05 }, count: people(faulty) },
    { behaviour: { kind: "lying", rate: 0.5 }, count: people(lying) },
    { behaviour: { kind: "colluding", rate: 0.5 }, count: people(colluding) },
  ];
  const honest = Math.max(0, WHAT_IF_PEOPLE - others.reduce((sum, { count }) => sum + count, 0));
  return [{ behaviour: { kind: "honest" }, count: honest }, ...others];
}
