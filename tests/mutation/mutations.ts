import { REPLICATION_BREAKAGES } from "./replication-breakages.ts";
import { STANDING_BREAKAGES } from "./standing-breakages.ts";

/**
 * Ways to break the core, at least one per rule of SPEC.md: in `file` (under server/core), `from` (which occurs there once) becomes
 * `to`. tests/mutation/run.ts applies each to a copy and expects a test that cites the rule to fail.
 */
export type Mutation = { rule: string; file: string; from: string; to: string };

/** By file. */
export type Breakages = Record<string, readonly (readonly [rule: string, from: string, to: string])[]>;

export const MUTATIONS: readonly Mutation[] = Object.entries({
  ...REPLICATION_BREAKAGES,
  ...STANDING_BREAKAGES,
}).flatMap(([file, breakages]) => breakages.map(([rule, from, to]) => ({ rule, file, from, to })));
