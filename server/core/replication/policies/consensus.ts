import type { Policy } from "../../wire/app-settings.ts";
import type { Strategy } from "./strategy.ts";

type ConsensusRule = Extract<Policy, { type: "consensus" }>["rule"];

/** S43: at least k agreeing results. */
function kOfN(k: number): Strategy {
  return {
    rule: () => "k_of_n",
    accepts: ({ leader }) => leader >= k,
    more: () => 1,
    reachable: ({ leader }, possible) => leader + possible >= k,
  };
}

/** S44: more than half of all successes. Every further result that joins the leader gains one half. */
const majority: Strategy = {
  rule: () => "majority",
  accepts: ({ leader, successes }) => 2 * leader > successes,
  more: () => 1,
  reachable: ({ leader, successes }, possible) => 2 * leader + possible > successes,
};

/** S45: the leader is d ahead of the runner-up: iterative redundancy (Brun, Edwards, Bang, Medvidovic, ICDCS 2011). */
function margin(d: number): Strategy {
  return {
    rule: () => "margin",
    accepts: ({ leader, runnerUp }) => leader - runnerUp >= d,
    more: ({ leader, runnerUp }) => d - (leader - runnerUp),
    reachable: ({ leader, runnerUp }, possible) => leader + possible - runnerUp >= d,
  };
}

export function consensusStrategy(rule: ConsensusRule): Strategy {
  switch (rule.kind) {
    case "k_of_n":
      return kOfN(rule.k);
    case "majority":
      return majority;
    case "margin":
      return margin(rule.d);
  }
}

/** A consensus of k, or a lead of d, is never asked of fewer results than that. */
export function consensusQuorum(rule: ConsensusRule): number {
  switch (rule.kind) {
    case "k_of_n":
      return rule.k;
    case "majority":
      return 1;
    case "margin":
      return rule.d;
  }
}
