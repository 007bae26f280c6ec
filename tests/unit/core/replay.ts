import { cobblestones } from "../../../server/core/credit/cobblestones.ts";
import { DRAW_AUDIT, DRAW_TRUST } from "../../../server/core/trust/draw.ts";
import { parseTimeline, type Setup, type Step } from "../../oracles/timeline-file.ts";
import { World } from "./world.ts";

/** Plays a timeline (tests/timelines/FORMAT.md) on the pure core. The answer has what the command prints with --trace. */

export type TraceState = {
  canon: number | null;
  err: string[];
  asm: string;
  q: number;
  target: number;
  n: number;
  files: string;
  results: { state: string; outcome: string; validation: string; credit: number }[];
  cv: Record<string, number>;
  sent: number | null;
};
export type TracedStep = { line: number; step: string; nowSeconds: number; failed: string[]; state: TraceState };

export function worldOf(setup: Setup): World {
  return new World({
    hosts: setup.hosts.map(({ name, user, className }) => `${name}:${user}@${className}`).join(" "),
    policy: setup.adaptive > 0 ? { type: "adaptive", level: setup.adaptive } : { type: "full" },
    homogeneity: setup.homogeneity ? "same" : "off",
    onePerUser: setup.onePerUser,
    graceSeconds: setup.graceSeconds,
    leaseSeconds: setup.leaseSeconds,
    draw: setup.draw === "audit" ? DRAW_AUDIT : DRAW_TRUST,
    minQuorum: setup.quorum,
    targetNResults: setup.target,
    maxErrorResults: setup.maxError,
    maxTotalResults: setup.maxTotal,
    maxSuccessResults: setup.maxSuccess,
    delayBoundSeconds: setup.delaySeconds,
    flops: setup.flops,
  });
}

/** Every step up to the first that fails. */
export function replay(text: string): TracedStep[] {
  const { setup, steps } = parseTimeline(text);
  const world = worldOf(setup);
  const trace: TracedStep[] = [];
  for (const step of steps) {
    if (step.atSeconds !== null) world.at(step.atSeconds);
    const { sent, failed } = execute(world, step);
    trace.push({ line: step.line, step: step.text, nowSeconds: world.now, failed, state: traceState(world, sent) });
    if (failed.length > 0) break;
  }
  return trace;
}

/** The first expectation that does not hold, as `line 4: send: expected 0, is none`; null: all hold. */
export function firstFailure(text: string): string | null {
  const failed = replay(text).find((step) => step.failed.length > 0);
  return failed ? `line ${failed.line}: ${failed.failed[0]}` : null;
}

function execute(world: World, { action }: Step): { sent: number | null; failed: string[] } {
  const nothing = { sent: null, failed: [] };
  switch (action.type) {
    case "send": {
      const sent = world.send(action.host);
      const expected = action.expected ?? "none";
      return { sent, failed: sent === action.expected ? [] : [`send: expected ${expected}, is ${sent ?? "none"}`] };
    }
    case "report":
      world.report(action.host, action.result, action.output);
      return nothing;
    case "malformed":
      world.malformed(action.host, action.result);
      return nothing;
    case "fail":
      world.fail(action.host, action.result, action.by);
      return nothing;
    case "return":
      world.handBack(action.host, action.result);
      return nothing;
    case "renew":
      world.renew(action.host);
      return nothing;
    case "forget":
      world.forget(action.host);
      return nothing;
    case "expire":
      world.expire(...action.results);
      return nothing;
    case "cv":
      world.setCv(action.host, action.count);
      return nothing;
    case "cancel":
    case "assimilate":
    case "purge":
    case "settle":
      world[action.type]();
      return nothing;
    // Digests need no stored output.
    case "unreadable":
    case "readable":
      world.settle();
      return nothing;
    case "expect":
      return { sent: null, failed: action.pairs.flatMap(([key, expected]) => check(world, key, expected)) };
  }
}

function check(world: World, key: string, expected: string): string[] {
  const actual = valueNow(world, key, expected);
  const same = key === "err" ? sorted(actual) === sorted(expected) : actual === expected;
  return same ? [] : [`${key}: expected ${expected}, is ${actual}`];
}

const sorted = (set: string): string => set.split(",").sort().join();

function valueNow(world: World, key: string, expected: string): string {
  const state = traceState(world, null);
  if (key.startsWith("cv") && world.hosts.has(key.slice(2))) return String(world.cv(key.slice(2)));
  const numbered = /^(i|cred)(\d+)$/.exec(key);
  if (numbered) {
    const number = Number(numbered[2]);
    if (numbered[1] === "i") return world.shown(number);
    return (state.results[number]?.credit ?? 0) > 0 ? "pos" : "0";
  }
  switch (key) {
    case "canon":
      return state.canon === null ? "none" : String(state.canon);
    case "err":
      return state.err.join();
    case "credeq": {
      const credits = expected.split(",").map((number) => state.results[Number(number)]?.credit ?? 0);
      return credits.every((credit) => credit > 0 && credit === credits[0]) ? expected : credits.join("/");
    }
    default:
      return String(state[key as "asm" | "q" | "target" | "n" | "files"]);
  }
}

export function traceState(world: World, sent: number | null): TraceState {
  const { workunit, results } = world.state;
  return {
    canon: world.canon(),
    err: workunit.state === "failed" ? [...workunit.errors] : [],
    asm: workunit.assimilation,
    q: workunit.minQuorum,
    target: workunit.targetNResults,
    n: results.length,
    files: workunit.outputDeleted ? "deleted" : "kept",
    results: results.map((result) => {
      const [state = "", outcome = "", validation = ""] = world.shown(result.number).split("/");
      const micro = result.state === "over" && result.outcome === "ok" ? (result.creditMicro ?? 0) : 0;
      return { state, outcome, validation, credit: cobblestones(micro) };
    }),
    cv: Object.fromEntries([...world.hosts.keys()].map((name) => [name, world.cv(name)])),
    sent,
  };
}
