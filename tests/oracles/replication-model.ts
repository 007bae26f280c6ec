/**
 * The life of one workunit, in memory, as dumbly as possible: written from the numbered rules and the table of endings alone,
 * to be compared with the real engine. Every sentence below that starts with "Reading:" is a place where the rules leave a
 * choice. The rule numbers are those of the replication rules; time is whole seconds since the workunit was created.
 */
import type { Setup } from "./timeline-file.ts";

export type Ending = "ok" | "err" | "valerr" | "aborted" | "returned" | "noreply" | "unneeded" | "unsendable";
export type Validation = "init" | "VALID" | "INVALID" | "nocheck" | "incon" | "late";
export type LimitError = "too_many_errors" | "too_many_success" | "too_many_total" | "cancelled" | "couldnt_send";

export type ModelResult = {
  state: "UNSENT" | "SENT" | "OVER";
  outcome: Ending | null;
  validation: Validation;
  /** Aborted by order of the server: not counted to max_total. */
  abortedByServer: boolean;
  creditMicro: number;
  createdAt: number;
  host: string | null;
  user: string | null;
  deadline: number;
  leaseEnd: number;
  output: string | null;
};

export type Model = {
  setup: Setup;
  now: number;
  quorum: number;
  target: number;
  results: ModelResult[];
  canonical: number | null;
  errors: LimitError[];
  assimilation: "init" | "ready" | "done";
  deleted: boolean;
  /** The class the workunit is bound to (rule 11). */
  className: string | null;
  /** Consecutive valid results per host, and when that count last changed. */
  counts: Map<string, { count: number; since: number }>;
  forgot: Set<string>;
  seenAt: Map<string, number>;
};

const ERROR_ORDER: LimitError[] = [
  "too_many_errors",
  "too_many_success",
  "too_many_total",
  "cancelled",
  "couldnt_send",
];
const MAX_WAIT_SECONDS = 7 * 86400;
const IDLE_SECONDS = 30 * 86400;

export function createModel(setup: Setup): Model {
  const model: Model = {
    setup,
    now: 0,
    quorum: setup.quorum,
    target: setup.target,
    results: [],
    canonical: null,
    errors: [],
    assimilation: "init",
    deleted: false,
    className: null,
    counts: new Map(setup.hosts.map((host) => [host.name, { count: 0, since: 0 }])),
    forgot: new Set(),
    seenAt: new Map(),
  };
  settle(model);
  return model;
}

// ---------------------------------------------------------------- time

/** Moves the clock; what falls due on the way happens first, in order of time, and is settled each time. */
export function moveClock(model: Model, toSeconds: number): void {
  for (;;) {
    const next = nextDue(model);
    if (next === null || next > toSeconds) break;
    model.now = Math.max(model.now, next);
    doWhatIsDue(model);
    settle(model);
  }
  model.now = toSeconds;
  settle(model);
}

function nextDue(model: Model): number | null {
  const times: number[] = [];
  for (const result of inProgress(model)) {
    times.push(result.deadline + 1);
    if (model.setup.leaseSeconds > 0) times.push(result.leaseEnd + 1);
  }
  const giveUp = couldntSendAt(model);
  if (giveUp !== null && giveUp > model.now) times.push(giveUp);
  return times.length === 0 ? null : Math.min(...times);
}

function doWhatIsDue(model: Model): void {
  for (const result of inProgress(model)) {
    if (model.now > result.deadline) {
      // Rule 6. Reading: when deadline and lease fall in the same second, the deadline comes first.
      end(result, "noreply");
      setCount(model, result.host, 0);
    } else if (model.setup.leaseSeconds > 0 && model.now > result.leaseEnd) {
      end(result, "returned");
    }
  }
}

// ---------------------------------------------------------------- what hosts do

/** Rule 6: every exchange of a host renews the leases of that host. */
function exchange(model: Model, host: string): void {
  model.seenAt.set(host, model.now);
  for (const result of inProgress(model)) {
    if (result.host === host) result.leaseEnd = model.now + model.setup.leaseSeconds;
  }
}

/** Hands out one result or null. */
export function send(model: Model, host: string): number | null {
  exchange(model, host);
  const number = choose(model, host);
  settle(model);
  return number;
}

function choose(model: Model, host: string): number | null {
  if (model.forgot.delete(host)) {
    // Rule 14. Reading: also after the workunit has ended, and without raising the quorum again.
    const held = model.results.findIndex((result) => result.state === "SENT" && result.host === host);
    if (held >= 0) return held;
  }
  if (ended(model)) return null;
  const number = model.results.findIndex((result) => result.state === "UNSENT");
  const result = model.results[number];
  if (result === undefined) return null;
  const { user, className } = hostOf(model, host);
  for (const other of model.results) {
    if (other.outcome === "returned" || other.outcome === "unneeded") continue;
    if (other.host === host) return null;
    if (model.setup.onePerUser && other.user === user) return null;
  }
  if (model.setup.homogeneity) {
    if (model.className !== null && model.className !== className) return null; // rule 11
    model.className = className;
  }
  result.state = "SENT";
  result.host = host;
  result.user = user;
  result.deadline = model.now + model.setup.delaySeconds + model.setup.graceSeconds;
  result.leaseEnd = model.now + model.setup.leaseSeconds;
  if (model.setup.adaptive > 0 && !trusted(model, host)) {
    model.quorum = Math.max(model.quorum, model.setup.adaptive); // rule 10
    model.target = Math.max(model.target, model.setup.adaptive);
  }
  return number;
}

/** Rule 10. Reading: the count halves stepwise, once per full 30 days since it last changed. */
function trusted(model: Model, host: string): boolean {
  const { count, since } = model.counts.get(host) ?? { count: 0, since: 0 };
  const faded = Math.floor(count / 2 ** Math.floor((model.now - since) / IDLE_SECONDS));
  return faded >= 10 && model.setup.draw === "trust";
}

export function report(model: Model, host: string, number: number, output: string): void {
  exchange(model, host);
  const result = resultOf(model, number);
  if (taken(model, host, result)) {
    end(result, "ok");
    result.output = output;
    result.validation = model.deleted ? "late" : "init"; // rule 6
  }
  settle(model);
}

export function malformed(model: Model, host: string, number: number): void {
  exchange(model, host);
  const result = resultOf(model, number);
  if (taken(model, host, result)) {
    end(result, "valerr");
    result.validation = "INVALID";
    setCount(model, result.host, 0);
  }
  settle(model);
}

export function fail(model: Model, host: string, number: number, by: "host" | "user" | "server"): void {
  exchange(model, host);
  const result = resultOf(model, number);
  if (taken(model, host, result)) {
    if (by === "host") {
      end(result, "err");
      result.validation = "INVALID";
      setCount(model, result.host, 0);
    } else {
      end(result, "aborted");
      result.abortedByServer = by === "server";
    }
  }
  settle(model);
}

/** Reading: handing back is no report; only a result in progress can be handed back, by any host of its user. */
export function handBack(model: Model, host: string, number: number): void {
  exchange(model, host);
  const result = resultOf(model, number);
  if (result.state === "SENT" && result.user === hostOf(model, host).user) end(result, "returned");
  settle(model);
}

/** Rule 8. Reading: a failure or a malformed output is a report as well. */
function taken(model: Model, host: string, result: ModelResult): boolean {
  const { user } = hostOf(model, host);
  if (result.state === "UNSENT" || result.user !== user) return false;
  if (result.state === "SENT" || result.outcome === "noreply") return true;
  if (result.outcome !== "returned") return false;
  // Reading: literally any other result of the user, also where one_per_user is off.
  return !model.results.some(
    (other) => other !== result && other.user === user && other.outcome !== "returned" && other.outcome !== "unneeded",
  );
}

export function renew(model: Model, host: string): void {
  exchange(model, host);
  settle(model);
}

export function forget(model: Model, host: string): void {
  model.forgot.add(host);
}

export function expire(model: Model, numbers: number[]): void {
  for (const number of numbers) {
    const result = resultOf(model, number);
    if (result.state === "SENT") result.deadline = model.now - 1;
  }
  doWhatIsDue(model);
  settle(model);
}

export function cancel(model: Model): void {
  if (!ended(model)) model.errors = ["cancelled"];
  settle(model);
}

export function assimilate(model: Model): void {
  if (model.assimilation === "ready") model.assimilation = "done";
}

/** Rule 7; the retention is 0. */
export function purge(model: Model): void {
  if (model.canonical !== null && model.assimilation === "done" && inProgress(model).length === 0) model.deleted = true;
}

export function setCount(model: Model, host: string | null, count: number): void {
  if (host !== null) model.counts.set(host, { count, since: model.now });
}

// ---------------------------------------------------------------- the rules

/** Passes over the workunit until one changes nothing. */
export function settle(model: Model): void {
  for (;;) {
    const before = JSON.stringify([model.results, model.canonical, model.errors, model.target, model.className]);
    if (!ended(model)) validate(model);
    if (!ended(model)) checkLimits(model);
    if (!ended(model)) createResults(model);
    if (!ended(model)) giveUpUnsendable(model);
    if (ended(model)) closeWorkunit(model);
    if (model.canonical !== null) judgeByCanonical(model, model.canonical);
    if (model.errors.length > 0) judgeWithoutCanonical(model);
    releaseClass(model);
    const after = JSON.stringify([model.results, model.canonical, model.errors, model.target, model.className]);
    if (before === after) return;
  }
}

/** Rules 3 and 4. */
function validate(model: Model): void {
  const all = successes(model);
  if (all.length < model.quorum) return;
  const groups = [...groupsOf(all).values()].sort((a, b) => b.length - a.length);
  const largest = groups[0] ?? [];
  const tie = groups.length > 1 && groups[1]?.length === largest.length;
  if (!tie && largest.length >= agreementNeeded(model)) {
    model.canonical = model.results.findIndex((result) => largest.includes(result));
    return;
  }
  for (const result of all) result.validation = "incon";
  // Reading: "rises to" never lowers it; it rises in a pass that then ends the workunit by a limit, too.
  model.target = Math.max(model.target, all.length + 1);
}

/** Rule 2. */
function checkLimits(model: Model): void {
  const errors = model.results.filter((result) => result.outcome === "err" || result.outcome === "valerr").length;
  const all = successes(model);
  const largest = Math.max(0, ...[...groupsOf(all).values()].map((group) => group.length));
  const possible = unsent(model).length + inProgress(model).length + remainder(model);
  const found: LimitError[] = [];
  if (errors > model.setup.maxError) found.push("too_many_errors");
  if (model.setup.maxSuccess > 0 && all.length > model.setup.maxSuccess) found.push("too_many_success");
  if (largest + possible < agreementNeeded(model) || all.length + possible < model.quorum) found.push("too_many_total");
  model.errors = ERROR_ORDER.filter((error) => found.includes(error));
}

/** Rule 1. */
function createResults(model: Model): void {
  const present = unsent(model).length + inProgress(model).length + successes(model).length;
  const needed = Math.min(Math.max(0, model.target - present), remainder(model));
  for (let i = 0; i < needed; i++) {
    model.results.push({
      state: "UNSENT",
      outcome: null,
      validation: "init",
      abortedByServer: false,
      creditMicro: 0,
      createdAt: model.now,
      host: null,
      user: null,
      deadline: 0,
      leaseEnd: 0,
      output: null,
    });
  }
}

/** Rule 1: what max_total leaves, at least 0. */
function remainder(model: Model): number {
  const uncounted = model.results.filter(
    (result) => result.abortedByServer || ["returned", "unneeded", "unsendable"].includes(result.outcome as string),
  ).length;
  return Math.max(0, model.setup.maxTotal - (model.results.length - uncounted));
}

/** Rule 12: the second in which the oldest unsent result has waited too long, or null when nobody fits the rule. */
function couldntSendAt(model: Model): number | null {
  if (ended(model)) return null;
  const waiting = unsent(model).map((result) => result.createdAt);
  if (waiting.length === 0) return null;
  const since = Math.min(...waiting);
  // Reading: "in that time" is the time the result has waited; being seen is any exchange.
  const seen = model.setup.hosts.filter((host) => (model.seenAt.get(host.name) ?? -1) >= since);
  const barred = (className: string) =>
    model.setup.homogeneity && model.className !== null && model.className !== className;
  if (seen.length === 0 || !seen.every((host) => barred(host.className))) return null;
  return since + MAX_WAIT_SECONDS + 1;
}

function giveUpUnsendable(model: Model): void {
  const at = couldntSendAt(model);
  if (at === null || model.now < at) return;
  model.errors = ["couldnt_send"];
  for (const result of unsent(model)) end(result, "unsendable");
}

/** Rule 5 and the table of endings: what an ended workunit does to its unsent results and its assimilation. */
function closeWorkunit(model: Model): void {
  for (const result of unsent(model)) end(result, "unneeded");
  if (model.assimilation === "init") model.assimilation = "ready";
}

/** Rules 3, 5, 6, 10 and 13: every success is judged by the canonical one alone. */
function judgeByCanonical(model: Model, canonical: number): void {
  const output = resultOf(model, canonical).output;
  for (const result of successes(model)) {
    if (result.validation !== "init" && result.validation !== "incon") continue;
    if (result.output === output) {
      result.validation = "VALID";
      result.creditMicro = credit(model);
      const count = model.counts.get(result.host as string)?.count ?? 0;
      if (model.quorum > 1) setCount(model, result.host, count + 1);
    } else {
      result.validation = "INVALID";
      setCount(model, result.host, 0);
    }
  }
}

/** The last row of the table of endings: no success of a failed workunit is checked, but those that agree are credited. */
function judgeWithoutCanonical(model: Model): void {
  for (const group of groupsOf(successes(model)).values()) {
    for (const result of group) {
      result.validation = "nocheck";
      if (group.length >= 2) result.creditMicro = credit(model);
    }
  }
}

/** Rule 11. Reading: a released class stays released until the next send, whatever is reported in between. */
function releaseClass(model: Model): void {
  const somethingSent = model.results.some((result) => result.host !== null);
  if (somethingSent && inProgress(model).length === 0 && successes(model).length === 0) model.className = null;
}

/** Rule 13: micro-cobblestones, rounded half up; 200 / 86400e9 cobblestones per FLOP. */
function credit(model: Model): number {
  return Math.floor((model.setup.flops * 200 * 1e6) / 86400e9 + 0.5);
}

// ---------------------------------------------------------------- words

export function ended(model: Model): boolean {
  return model.canonical !== null || model.errors.length > 0;
}

function agreementNeeded(model: Model): number {
  return Math.floor(model.quorum / 2) + 1;
}

function unsent(model: Model): ModelResult[] {
  return model.results.filter((result) => result.state === "UNSENT");
}

function inProgress(model: Model): ModelResult[] {
  return model.results.filter((result) => result.state === "SENT");
}

/** Successes that are not invalid. */
function successes(model: Model): ModelResult[] {
  return model.results.filter((result) => result.outcome === "ok" && result.validation !== "INVALID");
}

function groupsOf(results: ModelResult[]): Map<string, ModelResult[]> {
  const groups = new Map<string, ModelResult[]>();
  for (const result of results) {
    const output = result.output as string;
    groups.set(output, [...(groups.get(output) ?? []), result]);
  }
  return groups;
}

function end(result: ModelResult, outcome: Ending): void {
  result.state = "OVER";
  result.outcome = outcome;
}

export function resultOf(model: Model, number: number): ModelResult {
  const result = model.results[number];
  if (result === undefined) throw new Error(`there is no result ${number}`);
  return result;
}

function hostOf(model: Model, name: string): { user: string; className: string } {
  const host = model.setup.hosts.find((known) => known.name === name);
  if (host === undefined) throw new Error(`there is no host ${name}`);
  return host;
}
