/**
 * Random timelines for comparing the real engine with the model: seeded, valid, with steps of every kind and no `expect`.
 * What a `send` must hand out is part of the notation, so the model runs along and supplies it.
 *
 * `node tests/oracles/random-timeline.ts [--contested] SEED...` prints them.
 */
import * as rules from "./replication-model.ts";
import { execute } from "./run-timeline.ts";
import { type Action, parseTimeline, type Setup } from "./timeline-file.ts";

export type RandomOptions = {
  /** Also take steps about which the rules leave a choice (the model's sentences that start with "Reading:"). */
  contested?: boolean;
  steps?: number;
};

type Random = {
  below: (limit: number) => number;
  chance: (percent: number) => boolean;
  pick: <T>(items: readonly T[]) => T;
};

/** The text of a timeline; the same seed and options give the same text. */
export function randomTimeline(seed: number, options: RandomOptions = {}): string {
  const random = randomSource(seed);
  const header = randomHeader(seed, random);
  const setup = parseTimeline(header).setup;
  const model = rules.createModel(setup);
  const lines: string[] = [];
  const steps = options.steps ?? 15 + random.below(40);
  while (lines.length < steps) {
    if (options.steps === undefined && rules.ended(model) && random.chance(8)) break; // little happens after the end
    const at = random.chance(35) ? laterTime(model, random) : null;
    if (at !== null) rules.moveClock(model, at);
    const action = chooseAction(model, random, options.contested === true);
    if (action.type === "send") action.expected = rules.send(model, action.host);
    else execute(model, { line: 0, text: "", atSeconds: null, action });
    lines.push(`- ${at === null ? "" : `at ${at} `}${textOf(action)}`);
    if (action.type === "unreadable" && options.contested !== true) lines.push("- readable");
  }
  return `${header}${lines.join("\n")}\n`;
}

function randomHeader(seed: number, random: Random): string {
  const adaptive = random.chance(30) ? 2 + random.below(2) : 0;
  const quorum = 1 + random.below(random.chance(25) ? 5 : 3);
  const target = quorum + random.pick([0, 0, 0, 1, 2]);
  const atLeast = Math.max(target, adaptive);
  const delay = random.pick([10, 50, 1000, 86400]);
  const grace = random.chance(20) ? 7 : 0;
  const lease = random.chance(40) ? random.pick([5, 20, 900]) : 0;
  const users = ["A", "B", "C", "D", "E", "F"].slice(0, random.chance(80) ? 4 + random.below(3) : 1 + random.below(3));
  const classes = random.chance(40) ? ["@x", "@y"] : [""];
  const hosts = users.map((name, index) => {
    const shared = index > 0 && random.chance(20) ? `:${random.pick(users.slice(0, index))}` : "";
    return `${name}${shared}${random.pick(classes)}`;
  });
  return [
    `name: random ${seed}`,
    `app: adaptive=${adaptive} homogeneity=${classes.length > 1 && random.chance(70) ? "same" : "off"}`,
    `cfg: one_per_user=${random.chance(80) ? "on" : "off"} grace=${grace} draw=${random.pick(["trust", "audit"])} lease=${lease}`,
    `hosts: ${hosts.join(" ")}`,
    `wu: q=${quorum} target=${target} max_err=${random.chance(15) ? 0 : 1 + random.below(4)} max_total=${atLeast + random.below(6)} max_succ=${
      random.chance(30) ? 0 : atLeast + random.below(2)
    } delay=${delay} flops=${random.pick(["648e9", "1e12", "216000"])}`,
    "",
  ].join("\n");
}

/** A little later, or next to something that falls due; never more than six days after creation (rule 12 waits seven). */
function laterTime(model: rules.Model, random: Random): number {
  const running = model.results.filter((result) => result.state === "SENT");
  const limits = running.flatMap((result) => [
    result.deadline,
    ...(model.setup.leaseSeconds > 0 ? [result.leaseEnd] : []),
  ]);
  const near = limits.length > 0 && random.chance(70) ? random.pick(limits) + random.below(3) - 1 : 0;
  return Math.min(Math.max(model.now + (near > 0 ? 0 : random.below(12)), near), 6 * 86400);
}

function chooseAction(model: rules.Model, random: Random, contested: boolean): Action {
  for (;;) {
    const action = drawAction(model, random);
    if (contested || !isContested(model, action)) return action;
  }
}

function drawAction(model: rules.Model, random: Random): Action {
  const host = random.pick(model.setup.hosts).name;
  const deletable = model.canonical !== null && !model.deleted;
  if (deletable && random.chance(25)) return { type: model.assimilation === "done" ? "purge" : "assimilate" };
  const draw = random.below(100);
  if (draw < 30) return { type: "send", host, expected: null };
  if (draw < 62) return { type: "report", ...someResult(model, random), output: randomOutput(model, random) };
  if (draw < 68) return { type: "fail", ...someResult(model, random), by: random.pick(["host", "user", "server"]) };
  if (draw < 71) return { type: "malformed", ...someResult(model, random) };
  if (draw < 76) return { type: "return", ...someResult(model, random) };
  if (draw < 80) return { type: "renew", host };
  if (draw < 84)
    return { type: "expire", results: [someResult(model, random).result, random.below(model.results.length)] };
  if (draw < 87) return { type: "forget", host };
  if (draw < 90) return { type: "cv", host, count: random.pick([0, 9, 10, 30]) };
  if (draw < 91 && random.chance(30)) return { type: "cancel" };
  if (draw < 94) return { type: "assimilate" };
  if (draw < 97) return { type: "purge" };
  if (draw < 98) return { type: "settle" };
  return { type: random.pick(["unreadable", "readable"]) };
}

/** In one of three timelines outputs rarely agree, in the others they mostly do. */
function randomOutput(model: rules.Model, random: Random): string {
  const quarrel = Number(model.setup.name.slice("random ".length)) % 3 === 0;
  return random.pick(quarrel ? ["V", "W", "X", "Y", "Z"] : ["X", "X", "X", "X", "Y", "Z"]);
}

/** Mostly a result that was sent, with the host it was sent to; now and then any result and any host. */
function someResult(model: rules.Model, random: Random): { host: string; result: number } {
  const sent = [...model.results.keys()].filter((number) => rules.resultOf(model, number).host !== null);
  const running = sent.filter((number) => rules.resultOf(model, number).state === "SENT");
  const candidates = running.length > 0 && random.chance(75) ? running : sent;
  const number =
    candidates.length > 0 && random.chance(95) ? random.pick(candidates) : random.below(model.results.length);
  const owner = rules.resultOf(model, number).host;
  return { host: owner !== null && random.chance(92) ? owner : random.pick(model.setup.hosts).name, result: number };
}

/** Whether the rules leave a choice about what this step does now. */
function isContested(model: rules.Model, action: Action): boolean {
  if (!("host" in action) || action.type === "cv") return false;
  const { setup } = model;
  const user = userOf(setup, action.host);
  if (action.type === "forget") return false;
  const running = model.results.filter((result) => result.state === "SENT" && result.host === action.host);
  // A lease that would end together with its deadline.
  if (setup.leaseSeconds > 0 && running.some((result) => result.deadline === model.now + setup.leaseSeconds))
    return true;
  if (action.type === "send") {
    if (setup.leaseSeconds === setup.delaySeconds + setup.graceSeconds) return true;
    const givenAgain = model.forgot.has(action.host) && running.length > 0;
    return givenAgain && (rules.ended(model) || (setup.adaptive > 0 && model.quorum < setup.adaptive));
  }
  if (!("result" in action)) return false;
  const result = rules.resultOf(model, action.result);
  if (result.user !== user) return false;
  if (action.type === "return") return action.host !== result.host || result.outcome === "noreply";
  const late = result.outcome === "noreply" || result.outcome === "returned";
  if (!late) return false;
  if (action.type !== "report") return true;
  if (result.outcome === "returned" && !setup.onePerUser) return true;
  return setup.homogeneity && model.className !== hostClass(setup, result.host);
}

function textOf(action: Action): string {
  switch (action.type) {
    case "send":
      return `send ${action.host} = ${action.expected ?? "none"}`;
    case "report":
      return `report ${action.host} ${action.result} ${action.output}`;
    case "malformed":
    case "return":
      return `${action.type} ${action.host} ${action.result}`;
    case "fail":
      return `fail ${action.host} ${action.result}${action.by === "host" ? "" : ` by=${action.by}`}`;
    case "renew":
    case "forget":
      return `${action.type} ${action.host}`;
    case "expire":
      return `expire ${action.results.join(",")}`;
    case "cv":
      return `cv ${action.host} ${action.count}`;
    case "expect":
      return `expect ${action.pairs.map(([key, value]) => `${key}=${value}`).join(" ")}`;
    default:
      return action.type;
  }
}

function userOf(setup: Setup, host: string): string | undefined {
  return setup.hosts.find((known) => known.name === host)?.user;
}

function hostClass(setup: Setup, host: string | null): string | undefined {
  return setup.hosts.find((known) => known.name === host)?.className;
}

/** A 64-bit linear congruential generator (Knuth's multiplier), high bits used. */
export function randomSource(seed: number): Random {
  let state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n + 1n);
  const below = (limit: number): number => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(limit));
  };
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  };
}

if (import.meta.main) {
  const contested = process.argv.includes("--contested");
  for (const seed of process.argv.slice(2).filter((argument) => argument !== "--contested")) {
    process.stdout.write(`${randomTimeline(Number(seed), { contested })}\n`);
  }
}
