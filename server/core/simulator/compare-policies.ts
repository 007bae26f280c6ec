import type { Parameters } from "../replication/types.ts";
import type { Policy } from "../wire/app-settings.ts";
import { type SimulationConfig, type SimulationReport, simulate } from "./simulate.ts";

/** The policies as they are usually set; what the comparison prints, one line each. */
export const USUAL_POLICIES: readonly { name: string; policy: Policy; parameters: Partial<Parameters> }[] = [
  { name: "none: every result accepted", policy: { type: "full" }, parameters: { minQuorum: 1 } },
  { name: "full, quorum 2", policy: { type: "full" }, parameters: { minQuorum: 2 } },
  { name: "full, quorum 3", policy: { type: "full" }, parameters: { minQuorum: 3 } },
  {
    name: "partial, 20 %",
    policy: { type: "partial", level: 2, select: { by: "rate", rate: 0.2 } },
    parameters: { minQuorum: 1 },
  },
  { name: "adaptive, level 2", policy: { type: "adaptive", level: 2 }, parameters: { minQuorum: 1 } },
  { name: "consensus, 3 of n", policy: { type: "consensus", rule: { kind: "k_of_n", k: 3 } }, parameters: {} },
  {
    name: "consensus, majority of 3",
    policy: { type: "consensus", rule: { kind: "majority" } },
    parameters: { minQuorum: 3 },
  },
  { name: "consensus, margin 2", policy: { type: "consensus", rule: { kind: "margin", d: 2 } }, parameters: {} },
  { name: "verified", policy: { type: "verified" }, parameters: { minQuorum: 1 } },
  { name: "hybrid, 10 % sampled", policy: { type: "hybrid", level: 2, sampleRate: 0.1 }, parameters: { minQuorum: 1 } },
];

export type ComparedPolicy = SimulationReport & { name: string };

export function comparePolicies(base: Omit<SimulationConfig, "policy">): ComparedPolicy[] {
  return USUAL_POLICIES.map(({ name, policy, parameters }) => ({
    name,
    ...simulate({ ...base, policy, parameters: { ...base.parameters, ...parameters } }),
  }));
}

/** One line per policy: accepted-error rate and redundancy factor, and what did not complete. */
export function comparisonTable(compared: readonly ComparedPolicy[]): string {
  const width = Math.max(...compared.map(({ name }) => name.length));
  const lines = compared.map((report) => {
    const cells = [
      report.name.padEnd(width),
      report.acceptedErrorRate.toExponential(2).padStart(14),
      report.redundancyFactor.toFixed(3).padStart(10),
      `${report.failed}`.padStart(8),
      `${report.unfinished}`.padStart(10),
    ];
    return cells.join("  ");
  });
  const head = ["policy".padEnd(width), "accepted wrong", "redundancy", "  failed", "unfinished"].join("  ");
  return [head, ...lines].join("\n");
}
