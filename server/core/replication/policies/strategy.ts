import type { AcceptanceRule } from "../types.ts";

/** What a policy is asked about: the groups among the successes that are not invalid. */
export type Poll = {
  minQuorum: number;
  /** People whose successes are not invalid; where a user may have several results, these successes. */
  people: number;
  /** Successes that are not invalid, agreeing ones of one person counted once (S78). */
  successes: number;
  /** Strength of the largest group: its results, or its distinct classes where classes must differ. */
  leader: number;
  /** Strength of the strongest group that holds anything outside it. */
  runnerUp: number;
};

/**
 * A pure way to decide: groups -> accept | n more | fail. `poll` has a single largest group whenever `accepts` is asked.
 * `more` is how many further results a poll without consensus wants; `reachable` says whether acceptance is still possible
 * when `possible` further results may still come.
 */
export type Strategy = {
  rule(poll: Poll): AcceptanceRule;
  accepts(poll: Poll): boolean;
  more(poll: Poll): number;
  reachable(poll: Poll, possible: number): boolean;
};
