import { newStanding, type Standing } from "../trust/standing.ts";
import { type Random, sharedDraw } from "./random.ts";

/** How a kind of host behaves. Rates are per result. */
export type Behaviour =
  | { kind: "honest" }
  /** Honest, and this many times slower. */
  | { kind: "slow"; factor: number }
  /** Takes a result and is not heard of again before its deadline. */
  | { kind: "gone"; rate: number }
  /** Honest hardware with random errors: another wrong output every time. */
  | { kind: "erring"; rate: number }
  /** The computation fails and says so. */
  | { kind: "crashing"; rate: number }
  /** Returns something of its own without computing. */
  | { kind: "lying"; rate: number }
  /** Lies with others: they choose the same workunits and return the same wrong output. */
  | { kind: "colluding"; rate: number }
  /** Honest until its record is good, then lies. */
  | { kind: "sleeper"; untilConsecutiveValid: number; rate: number };

export type HostMix = readonly { behaviour: Behaviour; count: number }[];

export type SimulatedHost = {
  index: number;
  id: string;
  behaviour: Behaviour;
  /** Times the mean duration of a result; drawn once, median 1. */
  slowness: number;
  standing: Standing;
};

export const RIGHT_OUTPUT = "right";

/** What a host does with a result of a workunit. */
export type Performance = { kind: "output"; digest: string } | { kind: "error" } | { kind: "silence" };

export function newHosts(mix: HostMix, random: Random): SimulatedHost[] {
  const hosts: SimulatedHost[] = [];
  for (const { behaviour, count } of mix) {
    for (let made = 0; made < count; made += 1) {
      const index = hosts.length;
      const drawn = Math.exp(0.5 * normal(random));
      const slowness = behaviour.kind === "slow" ? drawn * behaviour.factor : drawn;
      hosts.push({ index, id: `${index + 1}`, behaviour, slowness, standing: newStanding(0) });
    }
  }
  return hosts;
}

export function perform(host: SimulatedHost, workunit: number, seed: number, random: Random): Performance {
  const { behaviour } = host;
  const right: Performance = { kind: "output", digest: RIGHT_OUTPUT };
  // No two errors and no two lone lies are alike.
  const wrong = (): Performance => ({ kind: "output", digest: `wrong ${host.id} ${Math.floor(random() * 2 ** 32)}` });
  switch (behaviour.kind) {
    case "honest":
    case "slow":
      return right;
    case "gone":
      return random() < behaviour.rate ? { kind: "silence" } : right;
    case "crashing":
      return random() < behaviour.rate ? { kind: "error" } : right;
    case "erring":
    case "lying":
      return random() < behaviour.rate ? wrong() : right;
    case "colluding":
      return sharedDraw(seed, workunit) < behaviour.rate ? { kind: "output", digest: "agreed lie" } : right;
    case "sleeper": {
      const awake = host.standing.consecutiveValid >= behaviour.untilConsecutiveValid;
      return awake && random() < behaviour.rate ? wrong() : right;
    }
  }
}

/** Box and Muller, one of the pair. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
