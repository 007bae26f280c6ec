/** The rules of the replication model: what follows from a state without anybody doing anything. See replication-model.ts. */
import {
  agreementNeeded,
  end,
  ended,
  groupsOf,
  inProgress,
  type LimitError,
  type Model,
  resultOf,
  setCount,
  successes,
  unsent,
} from "./replication-state.ts";

const ERROR_ORDER: LimitError[] = [
  "too_many_errors",
  "too_many_success",
  "too_many_total",
  "cancelled",
  "couldnt_send",
];
const MAX_WAIT_SECONDS = 7 * 86400;

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
export function couldntSendAt(model: Model): number | null {
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
