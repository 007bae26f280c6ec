/** A tiny reader of timeline files (tests/timelines/FORMAT.md) for the replication model. It shares nothing with the site. */

export type HostLine = { name: string; user: string; className: string };

export type Setup = {
  name: string;
  adaptive: number;
  homogeneity: boolean;
  onePerUser: boolean;
  graceSeconds: number;
  leaseSeconds: number;
  draw: "trust" | "audit";
  hosts: HostLine[];
  quorum: number;
  target: number;
  maxError: number;
  maxTotal: number;
  maxSuccess: number;
  delaySeconds: number;
  flops: number;
};

export type Action =
  | { type: "send"; host: string; expected: number | null }
  | { type: "report"; host: string; result: number; output: string }
  | { type: "malformed" | "return"; host: string; result: number }
  | { type: "fail"; host: string; result: number; by: "host" | "user" | "server" }
  | { type: "renew" | "forget"; host: string }
  | { type: "expire"; results: number[] }
  | { type: "unreadable" | "readable" | "cancel" | "assimilate" | "purge" | "settle" }
  | { type: "cv"; host: string; count: number }
  | { type: "expect"; pairs: [string, string][] };

export type Step = { line: number; text: string; atSeconds: number | null; action: Action };

export type Timeline = { setup: Setup; steps: Step[] };

/** What makes a file malformed, with the line it was found on. */
export class TimelineError extends Error {
  line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

const HEADERS = ["name", "app", "cfg", "hosts", "wu"];

export function parseTimeline(text: string): Timeline {
  const headers = new Map<string, { line: number; value: string }>();
  const stepLines: { line: number; text: string }[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    if (trimmed.startsWith("- ")) {
      stepLines.push({ line, text: trimmed.slice(2).trim() });
      return;
    }
    const colon = trimmed.indexOf(":");
    const key = colon < 0 ? trimmed : trimmed.slice(0, colon);
    if (!HEADERS.includes(key)) throw new TimelineError(line, `unknown word: ${key}`);
    if (stepLines.length > 0) throw new TimelineError(line, `${key} must come before the first step`);
    headers.set(key, { line, value: trimmed.slice(colon + 1).trim() });
  });
  const setup = parseSetup(headers);
  const steps = stepLines.map(({ line, text }) => parseStep(line, text, setup));
  let now = 0;
  for (const step of steps) {
    if (step.atSeconds === null) continue;
    if (step.atSeconds < now) throw new TimelineError(step.line, "time goes back");
    now = step.atSeconds;
  }
  return { setup, steps };
}

function parseSetup(headers: Map<string, { line: number; value: string }>): Setup {
  const app = pairsOf(headers.get("app"), ["adaptive", "homogeneity"]);
  const cfg = pairsOf(headers.get("cfg"), ["one_per_user", "grace", "draw", "lease"]);
  const wu = pairsOf(headers.get("wu"), ["q", "target", "max_err", "max_total", "max_succ", "delay", "flops"]);
  const quorum = Number(wu.get("q") ?? 1);
  const draw = cfg.get("draw") ?? "trust";
  if (draw !== "trust" && draw !== "audit") throw new TimelineError(1, "the model draws trust or audit only");
  return {
    name: headers.get("name")?.value ?? "",
    adaptive: Number(app.get("adaptive") ?? 0),
    homogeneity: app.get("homogeneity") === "same",
    onePerUser: cfg.get("one_per_user") !== "off",
    graceSeconds: Number(cfg.get("grace") ?? 0),
    leaseSeconds: Number(cfg.get("lease") ?? 0),
    draw,
    hosts: parseHosts(headers.get("hosts")),
    quorum,
    target: Number(wu.get("target") ?? quorum),
    maxError: Number(wu.get("max_err") ?? 3),
    maxTotal: Number(wu.get("max_total") ?? 10),
    maxSuccess: Number(wu.get("max_succ") ?? 6),
    delaySeconds: Number(wu.get("delay") ?? 86400),
    flops: Number(wu.get("flops") ?? 648e9),
  };
}

function parseHosts(header: { line: number; value: string } | undefined): HostLine[] {
  const words = (header?.value ?? "").split(/\s+/).filter((word) => word !== "");
  return words.map((word) => {
    const found = /^([^:@]+)(?::([^:@]+))?(?:@([^:@]+))?$/.exec(word);
    if (found === null) throw new TimelineError(header?.line ?? 1, `not a host: ${word}`);
    const name = found[1] ?? "";
    return { name, user: found[2] ?? name, className: found[3] ?? "default" };
  });
}

function pairsOf(header: { line: number; value: string } | undefined, known: string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const word of (header?.value ?? "").split(/\s+/).filter((part) => part !== "")) {
    const [key = "", value = ""] = word.split("=");
    if (!known.includes(key)) throw new TimelineError(header?.line ?? 1, `unknown word: ${word}`);
    pairs.set(key, value);
  }
  return pairs;
}

function parseStep(line: number, text: string, setup: Setup): Step {
  let words = text.split(/\s+/);
  let atSeconds: number | null = null;
  if (words[0] === "at") {
    atSeconds = whole(line, words[1]);
    words = words.slice(2);
  }
  return { line, text, atSeconds, action: parseAction(line, words, setup) };
}

function parseAction(line: number, words: string[], setup: Setup): Action {
  const host = (): string => {
    const name = words[1];
    if (!setup.hosts.some((known) => known.name === name)) throw new TimelineError(line, `unknown host: ${name}`);
    return name as string;
  };
  const exactly = (count: number): void => {
    if (words.length !== count) throw new TimelineError(line, `${count} words expected, not: ${words.join(" ")}`);
  };
  const type = words[0];
  switch (type) {
    case "send":
      exactly(4);
      if (words[2] !== "=") throw new TimelineError(line, "send H = n");
      return { type, host: host(), expected: words[3] === "none" ? null : whole(line, words[3]) };
    case "report":
      exactly(4);
      return { type, host: host(), result: whole(line, words[2]), output: words[3] as string };
    case "malformed":
    case "return":
      exactly(3);
      return { type, host: host(), result: whole(line, words[2]) };
    case "fail": {
      const by = words[3] === undefined ? "host" : words[3] === "by=user" ? "user" : "server";
      if (words.length > 4 || (words[3] !== undefined && !["by=user", "by=server"].includes(words[3]))) {
        throw new TimelineError(line, `unknown word: ${words.slice(3).join(" ")}`);
      }
      return { type, host: host(), result: whole(line, words[2]), by };
    }
    case "renew":
    case "forget":
      exactly(2);
      return { type, host: host() };
    case "expire":
      exactly(2);
      return { type, results: (words[1] ?? "").split(",").map((word) => whole(line, word)) };
    case "cv":
      exactly(3);
      return { type, host: host(), count: whole(line, words[2]) };
    case "unreadable":
    case "readable":
    case "cancel":
    case "assimilate":
    case "purge":
    case "settle":
      exactly(1);
      return { type };
    case "expect":
      return { type, pairs: words.slice(1).map((word) => expectation(line, word, setup)) };
    default:
      throw new TimelineError(line, `unknown word: ${type}`);
  }
}

function expectation(line: number, word: string, setup: Setup): [string, string] {
  const equals = word.indexOf("=");
  const key = word.slice(0, equals);
  const host = key.startsWith("cv") && setup.hosts.some((known) => `cv${known.name}` === key);
  const plain = ["canon", "err", "asm", "q", "target", "n", "credeq", "files"].includes(key);
  if (equals < 0 || !(host || plain || /^(i|cred)\d+$/.test(key)))
    throw new TimelineError(line, `unknown word: ${word}`);
  return [key, word.slice(equals + 1)];
}

function whole(line: number, word: string | undefined): number {
  if (word === undefined || !/^\d+$/.test(word)) throw new TimelineError(line, `not a whole number: ${word}`);
  return Number(word);
}
