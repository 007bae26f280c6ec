/** What the replication model keeps about one workunit, and the words its rules are written in. */
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

export function setCount(model: Model, host: string | null, count: number): void {
  if (host !== null) model.counts.set(host, { count, since: model.now });
}

export function ended(model: Model): boolean {
  return model.canonical !== null || model.errors.length > 0;
}

export function agreementNeeded(model: Model): number {
  return Math.floor(model.quorum / 2) + 1;
}

export function unsent(model: Model): ModelResult[] {
  return model.results.filter((result) => result.state === "UNSENT");
}

export function inProgress(model: Model): ModelResult[] {
  return model.results.filter((result) => result.state === "SENT");
}

/** Successes that are not invalid. */
export function successes(model: Model): ModelResult[] {
  return model.results.filter((result) => result.outcome === "ok" && result.validation !== "INVALID");
}

export function groupsOf(results: ModelResult[]): Map<string, ModelResult[]> {
  const groups = new Map<string, ModelResult[]>();
  for (const result of results) {
    const output = result.output as string;
    groups.set(output, [...(groups.get(output) ?? []), result]);
  }
  return groups;
}

export function end(result: ModelResult, outcome: Ending): void {
  result.state = "OVER";
  result.outcome = outcome;
}

export function resultOf(model: Model, number: number): ModelResult {
  const result = model.results[number];
  if (result === undefined) throw new Error(`there is no result ${number}`);
  return result;
}

export function hostOf(model: Model, name: string): { user: string; className: string } {
  const host = model.setup.hosts.find((known) => known.name === name);
  if (host === undefined) throw new Error(`there is no host ${name}`);
  return host;
}
