import type { Strategy } from "./strategy.ts";

/** S13: more than half of the quorum must agree, as in BOINC's default validator. */
export function agreementNeeded(minQuorum: number): number {
  return Math.floor(minQuorum / 2) + 1;
}

/** Policies full, partial and adaptive once their quorum is known: floor(q/2)+1 agreeing results. */
export const quorumStrategy: Strategy = {
  rule: ({ minQuorum }) => (minQuorum > 1 ? "quorum" : "single"),
  accepts: ({ leader, minQuorum }) => leader >= agreementNeeded(minQuorum),
  more: () => 1,
  reachable: ({ leader, minQuorum }, possible) => leader + possible >= agreementNeeded(minQuorum),
};
