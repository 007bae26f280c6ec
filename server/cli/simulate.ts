import { parseArgs } from "node:util";
import { comparePolicies, comparisonTable } from "../core/simulator/compare-policies.ts";
import type { HostMix } from "../core/simulator/hosts.ts";

/**
 * `npm run simulate -- [--hosts N] [--workunits N] [--seed N]`: what the redundancy policies cost and let through, among hosts of
 * which some are slow, vanish, err, crash, lie, collude, or lie once they are trusted. Nothing but arithmetic: no database.
 */
const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: "1000" },
    workunits: { type: "string", default: "30000" },
    seed: { type: "string", default: "1" },
  },
});

function whole(name: "hosts" | "workunits" | "seed", min: number): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < min) {
    console.error(`--${name} is "${values[name]}"; give a whole number from ${min} on.`);
    process.exit(1);
  }
  return value;
}

function mixOf(count: number): HostMix {
  const share = (part: number) => Math.floor(count * part);
  const others: HostMix = [
    { behaviour: { kind: "slow", factor: 10 }, count: share(0.1) },
    { behaviour: { kind: "gone", rate: 0.2 }, count: share(0.05) },
    { behaviour: { kind: "erring", rate: 0.01 }, count: share(0.05) },
    { behaviour: { kind: "crashing", rate: 0.1 }, count: share(0.03) },
    { behaviour: { kind: "lying", rate: 0.5 }, count: share(0.03) },
    { behaviour: { kind: "colluding", rate: 0.3 }, count: share(0.03) },
    { behaviour: { kind: "sleeper", untilConsecutiveValid: 10, rate: 0.5 }, count: share(0.01) },
  ];
  const honest = count - others.reduce((sum, one) => sum + one.count, 0);
  return [{ behaviour: { kind: "honest" }, count: honest }, ...others];
}

const hosts = mixOf(whole("hosts", 1));
const compared = comparePolicies({ seed: whole("seed", 0), workunits: whole("workunits", 1), hosts });
for (const { behaviour, count } of hosts) console.log(`${count} ${JSON.stringify(behaviour)}`);
console.log(comparisonTable(compared));
console.log(
  "redundancy: how often each accepted piece was computed; a check by the project's verifier counts as once more",
);
const broken = compared.flatMap(({ name, violations }) => violations.map((violation) => `${name}: ${violation}`));
for (const line of broken) console.error(line);
process.exitCode = broken.length === 0 ? 0 : 1;
