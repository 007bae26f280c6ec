import type * as z from "zod";
import type { AppVersion } from "../app-version/app-versions.ts";
import { parameterProblems } from "../core/replication/check-parameters.ts";
import { type Plan, planWorkunit } from "../core/replication/create.ts";
import type { Policy, WorkunitParameters } from "../core/wire/app-settings.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import type { workunitInputSchema } from "./submit-batch.ts";

type ParsedWorkunit = z.output<typeof workunitInputSchema>;

export type PlannedWorkunit = Omit<ParsedWorkunit, "parameters" | "policy"> & {
  parameters: WorkunitParameters;
  policy: Policy;
  plan: Plan;
};

/**
 * Puts the app's defaults and the workunits' own wishes together, checks them, and draws what is drawn once.
 * @throws {Refusal} naming the first workunits that cannot be accepted, with everything that is wrong with each.
 */
export function planWorkunits(
  deps: Pick<Deps, "random">,
  batch: { version: AppVersion; workunits: readonly ParsedWorkunit[]; acceptAbsurd: boolean },
): PlannedWorkunit[] {
  const { settings } = batch.version.app;
  const faults: string[] = [];
  const planned = batch.workunits.map((workunit): PlannedWorkunit => {
    const parameters = merge(settings.parameters, workunit.parameters);
    const policy = workunit.policy ?? settings.policy;
    const problems = parameterProblems({
      parameters,
      policy,
      missionCritical: settings.missionCritical,
      hasVerifier: batch.version.manifest.verify !== undefined,
      flops: workunit.flops,
    }).filter((problem) => problem.kind === "impossible" || !batch.acceptAbsurd);
    if (problems.length > 0) faults.push(`${workunit.name}: ${problems.map((problem) => problem.message).join(" ")}`);
    const draws = { select: deps.random(), extra: deps.random() };
    const plan = planWorkunit(parameters, policy, workunit, draws);
    return { ...workunit, parameters, policy: forStorage(policy), plan };
  });
  if (faults.length > 0) {
    const more = faults.length > 5 ? ` (and ${faults.length - 5} more)` : "";
    throw new Refusal("bad_request", `The batch cannot be accepted. ${faults.slice(0, 5).join(" ")}${more}`);
  }
  return planned;
}

function merge(defaults: WorkunitParameters, own: ParsedWorkunit["parameters"]): WorkunitParameters {
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  // An app's target was meant for the app's quorum: a workunit that names its own quorum starts from that.
  const { targetNResults, ...rest } = defaults;
  const target = own.minQuorum === undefined && targetNResults !== undefined ? { targetNResults } : {};
  return { ...rest, ...target, ...given };
}

/** A list of names selected its workunits just now, and would only make every row as long as the list. */
function forStorage(policy: Policy): Policy {
  return policy.type === "partial" && policy.select.by === "list"
    ? { ...policy, select: { by: "list", names: [] } }
    : policy;
}
