import { drawnCount, isSelected } from "../trust/draw.ts";
import type { Policy, WorkunitParameters } from "../wire/app-settings.ts";
import { isImportant } from "./policies/adaptive.ts";
import { consensusQuorum } from "./policies/consensus.ts";
import { raisedTo, replicationLevel } from "./policies/policy.ts";
import type { Drawn } from "./types.ts";

/** What selects a workunit for replication, besides chance. */
export type Selection = { name: string; tags: Readonly<Record<string, unknown>> };

/** Independent uniform draws in [0, 1), taken once and stored by their effect. */
export type CreationDraws = { select: number; extra: number };

export type Plan = { minQuorum: number; targetNResults: number; drawn: Drawn };

/**
 * S40, S46, S47, S51: the quorum and target a workunit starts with under its policy. `decide` on the workunit without results then creates the
 * first ones. Parameters must have passed `checkParameters`.
 */
export function planWorkunit(
  parameters: Pick<WorkunitParameters, "minQuorum" | "targetNResults" | "maxTotalResults" | "randomExtraResults">,
  policy: Policy,
  selection: Selection,
  draws: CreationDraws,
): Plan {
  const drawn: Drawn = {};
  let { minQuorum } = parameters;
  if (policy.type === "consensus") minQuorum = Math.max(minQuorum, consensusQuorum(policy.rule));
  let plan = { minQuorum, targetNResults: Math.max(parameters.targetNResults ?? minQuorum, minQuorum) };
  if (policy.type === "partial") drawn.partialSelected = isSelectedForReplication(policy, selection, draws.select);
  if (policy.type === "hybrid") drawn.sampled = isSelected(policy.sampleRate, draws.select);
  const level = replicationLevel(policy);
  const important = policy.type === "adaptive" && isImportant(policy, selection.tags);
  if (level !== null && (drawn.partialSelected || drawn.sampled || important)) plan = raisedTo(plan, level) ?? plan;
  const most = Math.min(parameters.randomExtraResults ?? 0, parameters.maxTotalResults - plan.targetNResults);
  if (most > 0) drawn.extraResults = drawnCount(most, draws.extra);
  return { ...plan, targetNResults: plan.targetNResults + (drawn.extraResults ?? 0), drawn };
}

function isSelectedForReplication(
  { select }: Extract<Policy, { type: "partial" }>,
  { name, tags }: Selection,
  draw: number,
): boolean {
  switch (select.by) {
    case "rate":
      return isSelected(select.rate, draw);
    case "tag":
      return Object.hasOwn(tags, select.tag) && select.equals.includes(String(tags[select.tag]));
    case "list":
      return select.names.includes(name);
  }
}
