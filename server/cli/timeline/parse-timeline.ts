import { parseStep } from "./parse-step.ts";
import { type Draw, type HostSetup, type Setup, type Timeline, TimelineError } from "./timeline-file.ts";

type Header = { line: number; value: string };

const HEADERS = ["name", "app", "cfg", "hosts", "wu"] as const;

/** Reads a timeline file. @throws {TimelineError} at the first thing that is wrong with it. */
export function parseTimeline(text: string): Timeline {
  const headers = new Map<string, Header>();
  const stepLines: Header[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    if (trimmed === "-" || /^-\s/.test(trimmed)) stepLines.push({ line, value: trimmed.slice(1).trim() });
    else addHeader(headers, { line, value: trimmed }, stepLines.length > 0);
  }
  const setup = parseSetup(headers);
  const steps = stepLines.map(({ line, value }) => parseStep(line, value, setup));
  let now = 0;
  for (const { line, atSeconds } of steps) {
    if (atSeconds === null) continue;
    if (atSeconds < now) throw new TimelineError(line, `time goes back from ${now} to ${atSeconds}`);
    now = atSeconds;
  }
  return { setup, steps, wuLine: headers.get("wu")?.line ?? 1 };
}

function addHeader(headers: Map<string, Header>, { line, value }: Header, afterSteps: boolean): void {
  const [, key = "", rest = ""] = /^([^:\s]+)\s*:(.*)$/.exec(value) ?? [];
  if (!HEADERS.some((known) => known === key)) throw new TimelineError(line, `unknown word: ${value.split(/\s/)[0]}`);
  if (afterSteps) throw new TimelineError(line, `${key} must stand before the first step`);
  if (headers.has(key)) throw new TimelineError(line, `${key} stands here a second time`);
  headers.set(key, { line, value: rest.trim() });
}

function parseSetup(headers: ReadonlyMap<string, Header>): Setup {
  const app = settingsOf(headers.get("app"), ["adaptive", "homogeneity"]);
  const cfg = settingsOf(headers.get("cfg"), ["one_per_user", "grace", "draw", "lease"]);
  const wu = settingsOf(headers.get("wu"), ["q", "target", "max_err", "max_total", "max_succ", "delay", "flops"]);
  const minQuorum = wu.whole("q", 1);
  return {
    name: headers.get("name")?.value || null,
    adaptiveLevel: app.whole("adaptive", 0),
    homogeneity: app.oneOf("homogeneity", ["off", "same", "diverse"]),
    onePerUser: cfg.oneOf("one_per_user", ["on", "off"]) === "on",
    graceSeconds: cfg.whole("grace", 0),
    leaseSeconds: cfg.whole("lease", 0),
    draw: parseDraw(cfg.text("draw", "trust"), headers.get("cfg")?.line ?? 1),
    hosts: parseHosts(headers.get("hosts")),
    minQuorum,
    targetNResults: wu.whole("target", minQuorum),
    maxErrorResults: wu.whole("max_err", 3),
    maxTotalResults: wu.whole("max_total", 10),
    maxSuccessResults: wu.whole("max_succ", 6),
    delayBoundSeconds: wu.whole("delay", 86_400),
    flops: wu.number("flops", 648e9),
  };
}

function parseDraw(text: string, line: number): Draw {
  if (text === "trust" || text === "audit") return { kind: text };
  const seed = /^seed:(\d{1,15})$/.exec(text)?.[1];
  if (seed === undefined) throw new TimelineError(line, `draw is ${text}; it is trust, audit or seed:N`);
  return { kind: "seed", seed: Number(seed) };
}

function parseHosts(header: Header | undefined): HostSetup[] {
  const hosts: HostSetup[] = [];
  for (const word of (header?.value ?? "").split(/\s+/).filter((part) => part !== "")) {
    const [, name = "", user = name, deviceClass = "default"] =
      /^([\w-]+)(?::([\w-]+))?(?:@([\w.-]+))?$/.exec(word) ?? [];
    const line = header?.line ?? 1;
    if (name === "") throw new TimelineError(line, `not a host: ${word}; hosts are NAME[:USER][@CLASS]`);
    if (hosts.some((host) => host.name === name))
      throw new TimelineError(line, `host ${name} stands here a second time`);
    hosts.push({ name, user, deviceClass });
  }
  return hosts;
}

/** The `key=value` words of a header line, each read as what it must be. */
function settingsOf(header: Header | undefined, known: readonly string[]) {
  const line = header?.line ?? 1;
  const values = new Map<string, string>();
  for (const word of (header?.value ?? "").split(/\s+/).filter((part) => part !== "")) {
    const [, key = "", value = ""] = /^([^=]+)=(.*)$/.exec(word) ?? [];
    if (!known.includes(key)) throw new TimelineError(line, `unknown word: ${word}`);
    if (values.has(key)) throw new TimelineError(line, `${key} stands here a second time`);
    values.set(key, value);
  }
  return {
    text: (key: string, otherwise: string) => values.get(key) ?? otherwise,
    whole(key: string, otherwise: number): number {
      const text = values.get(key);
      if (text === undefined) return otherwise;
      if (!/^\d{1,15}$/.test(text))
        throw new TimelineError(line, `${key} must be a whole number, not ${text || "nothing"}`);
      return Number(text);
    },
    number(key: string, otherwise: number): number {
      const text = values.get(key);
      if (text === undefined) return otherwise;
      const value = text === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(value)) throw new TimelineError(line, `${key} must be a number, not ${text || "nothing"}`);
      return value;
    },
    oneOf<T extends string>(key: string, allowed: readonly [T, ...T[]]): T {
      const text = values.get(key);
      if (text === undefined) return allowed[0];
      const found = allowed.find((value) => value === text);
      if (found === undefined)
        throw new TimelineError(line, `${key} is ${text}; it must be one of ${allowed.join(", ")}`);
      return found;
    },
  };
}
