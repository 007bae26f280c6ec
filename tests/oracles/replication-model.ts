/**
 * The life of one workunit, in memory, as dumbly as possible: written from the numbered rules and the table of endings alone,
 * to be compared with the real engine. Every sentence below that starts with "Reading:" is a place where the rules leave a
 * choice. The rule numbers are those of the replication rules; time is whole seconds since the workunit was created.
 * What hosts do and what time does are here, the rules that follow are in replication-rules.ts.
 */
import { couldntSendAt, settle } from "./replication-rules.ts";
import {
  end,
  ended,
  hostOf,
  inProgress,
  type Model,
  type ModelResult,
  resultOf,
  setCount,
} from "./replication-state.ts";
import type { Setup } from "./timeline-file.ts";

export { settle } from "./replication-rules.ts";
export { ended, type Model, type ModelResult, resultOf, setCount } from "./replication-state.ts";

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
