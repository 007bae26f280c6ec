import { EXCHANGE_MAX_HELD, EXCHANGE_MAX_REPORTS, EXCHANGE_MAX_RESULTS } from "../../../server/core/limits.ts";
import type { ExchangeRequest, ExchangeResponse, Lease } from "../../../server/core/wire/exchange.ts";
import { backoffMs } from "./backoff.ts";
import { changeTask, type Draft, type Turn } from "./draft.ts";
import { durationKey } from "./durations.ts";
import { downloadsHeld, type Plan } from "./governor.ts";
import {
  CALL_AGAIN_MAX_MS,
  CALL_AGAIN_MIN_MS,
  EXCHANGE_GAP_MS,
  LEASE_RENEW_SHARE,
  NEWS_EVERY_MS,
  PREFETCH_MARGIN_MS,
  PREFETCH_MAX_PER_SLOT,
  REPORT_GAP_MS,
} from "./limits.ts";
import { applyAcknowledgement, applyFate, obeyAbort } from "./reports.ts";
import { usableBackends, wantedSlots } from "./slots.ts";
import type { ExchangeFailure, LeaseFacts, State, Task } from "./types.ts";

/** When to call the server, what to say, and what its answer changes. */

/** Results to ask for now. */
export function wantedResults(state: State | Draft, plan: Plan, nowMs: number): number {
  if (state.mode !== "on" || plan.paused !== null || (state.once && state.askedOnce)) return 0;
  if (nowMs < state.wantHeldUntilMs) return 0;
  if (downloadsHeld(state.settings, state.conditions) !== null) return 0;
  const slots = slotCount(state, plan);
  const target = slots * (1 + sparesPerSlot(state));
  // What is finished and not yet taken counts as held: a disk or a network slower than the computing must not pile it up.
  const room = EXCHANGE_MAX_HELD - state.tasks.size - state.reports.size;
  return Math.max(0, Math.min(EXCHANGE_MAX_RESULTS, room, target - state.tasks.size));
}

/** At least one spare, and enough for a round trip and the time that reports are gathered before one. */
function sparesPerSlot(state: State | Draft): number {
  const typical = typicalDurationMs(state);
  if (typical === null) return 1;
  const horizonMs = (state.roundTripMs ?? 0) * 2 + REPORT_GAP_MS + PREFETCH_MARGIN_MS;
  return Math.max(1, Math.min(PREFETCH_MAX_PER_SLOT, Math.ceil(horizonMs / Math.max(1, typical))));
}

/** Mean of what is known about the workunits held now, else about the last one learned. */
function typicalDurationMs(state: State | Draft): number | null {
  let sum = 0;
  let count = 0;
  for (const task of state.tasks.values()) {
    const ms =
      state.durationsMs.get(durationKey("wasm", task.lease.appVersionHash)) ??
      state.durationsMs.get(durationKey("wgsl", task.lease.appVersionHash));
    if (ms === undefined) continue;
    sum += ms;
    count += 1;
  }
  if (count > 0) return sum / count;
  return [...state.durationsMs.values()].at(-1) ?? null;
}

function slotCount(state: State | Draft, plan: Plan): number {
  const wanted = wantedSlots(state, plan);
  return wanted.wasm + wanted.wgsl;
}

function sendableReports(state: State | Draft): string[] {
  const ids: string[] = [];
  for (const [id, queued] of state.reports) {
    if (queued.upload.at === "none" && !queued.sending) ids.push(id);
    if (ids.length >= Math.min(state.reportLimit, EXCHANGE_MAX_REPORTS)) break;
  }
  return ids;
}

/** True while something could be said to the server at once. */
export function hasSendableReports(state: State | Draft): boolean {
  return sendableReports(state).length > 0;
}

/** Monotonic time of the next exchange; Infinity while one runs or none is wanted. */
export function exchangeDueAtMs(state: State | Draft, plan: Plan, nowMs: number): number {
  if ((state.mode !== "on" && state.mode !== "stopping") || state.exchange.at === "running")
    return Number.POSITIVE_INFINITY;
  const last = state.exchangedAtMs;
  const reports = hasSendableReports(state);
  if (state.mode === "stopping" || plan.paused !== null) {
    const speaks = reports && (state.mode !== "stopping" || maySpeakLast(state));
    return speaks ? Math.max(state.backoffUntilMs, (last ?? 0) + EXCHANGE_GAP_MS) : Number.POSITIVE_INFINITY;
  }
  if (last === null) return state.backoffUntilMs;
  const wanted = wantedResults(state, plan, nowMs);
  const due = [state.callAgainAtMs];
  if (state.conditions.watched && isNewsExpected(state)) due.push(last + NEWS_EVERY_MS);
  if (reports) due.push(last + (isUrgent(state, plan, wanted) ? EXCHANGE_GAP_MS : REPORT_GAP_MS));
  for (const task of state.tasks.values()) {
    if (task.parked) due.push(last + EXCHANGE_GAP_MS);
    if (task.leaseEndsAtMs !== null && task.leaseMs !== null)
      due.push(task.leaseEndsAtMs - task.leaseMs * LEASE_RENEW_SHARE);
  }
  return Math.max(state.backoffUntilMs, last + EXCHANGE_GAP_MS, Math.min(...due));
}

/** Something that the volunteer sees may change without us: results being checked, a second person coming. */
function isNewsExpected(state: State | Draft): boolean {
  if (state.usersOnline === null || state.usersOnline < 2) return true;
  for (const entry of state.history.values()) if (entry.fate === "being_checked") return true;
  return false;
}

/** While stopping: whether the last exchange is worth a try. What is not said is stored and said after the next start. */
export function maySpeakLast(state: State | Draft): boolean {
  return (state.stopTo === "off" || state.stopTo === "resting") && state.failedExchanges === 0;
}

/** Compute workers are about to run dry, or nothing else is left to wait for. */
function isUrgent(state: State | Draft, plan: Plan, wanted: number): boolean {
  if (state.once) return state.tasks.size === 0;
  const waiting = [...state.tasks.values()].filter((t) => t.state.at !== "running").length;
  return (wanted > 0 && waiting < slotCount(state, plan)) || state.reports.size >= EXCHANGE_MAX_REPORTS / 2;
}

/** Starts an exchange: everything that waits to be said, in one call. */
export function beginExchange(turn: Turn, plan: Plan): void {
  const { draft } = turn;
  const resultIds = sendableReports(draft);
  const sent = new Set(resultIds);
  const reports = resultIds.flatMap((id) => draft.reports.get(id)?.report ?? []);
  for (const id of resultIds) {
    const queued = draft.reports.get(id);
    if (queued !== undefined) draft.reports.set(id, { ...queued, sending: true });
  }
  const results = wantedResults(draft, plan, turn.at.nowMs);
  draft.exchange = { at: "running", sinceMs: turn.at.nowMs, resultIds, wanted: results };
  turn.commands.push({
    type: "exchange",
    request: {
      protocol: draft.protocol,
      clientVersion: draft.clientVersion,
      device: {
        cores: draft.cores,
        ...(draft.memoryBytes === null ? {} : { memoryBytes: draft.memoryBytes }),
        backends: draft.backends
          .filter((b) => b.state === "ok" || b.state === "wrong")
          .map((b) => ({ kind: b.kind, class: b.class, label: b.label, knownAnswerOk: b.state === "ok" })),
      },
      reports,
      holds: holdsOf(draft, sent),
      want: {
        results,
        // A page that stops may have parked its leases already, and be gone before it can again.
        backends: draft.mode === "stopping" ? [] : usableBackends(draft, plan),
        ...(draft.settings.shares === null ? {} : { shares: { ...draft.settings.shares } }),
      },
    } satisfies ExchangeRequest,
  });
}

/** Everything held and not reported by this very exchange, or the server would hand it out to us again. */
function holdsOf(draft: Draft, sent: ReadonlySet<string>): { resultId: string; started: boolean }[] {
  const holds = [...draft.tasks.values()].map((t) => ({ resultId: t.lease.resultId, started: t.started }));
  for (const id of draft.reports.keys()) if (!sent.has(id)) holds.push({ resultId: id, started: true });
  return holds.slice(0, EXCHANGE_MAX_HELD);
}

export function applyAnswer(turn: Turn, response: ExchangeResponse, roundTripMs: number): void {
  const { draft, at } = turn;
  const wanted = draft.exchange.at === "running" ? draft.exchange.wanted : 0;
  endExchange(draft);
  draft.exchangedAtMs = at.nowMs;
  draft.failedExchanges = 0;
  draft.backoffUntilMs = at.nowMs;
  draft.trouble = null;
  draft.reportLimit = EXCHANGE_MAX_REPORTS;
  draft.askedOnce ||= wanted > 0;
  draft.roundTripMs =
    draft.roundTripMs === null ? roundTripMs : draft.roundTripMs + 0.3 * (roundTripMs - draft.roundTripMs);
  draft.callAgainAtMs =
    at.nowMs + Math.min(CALL_AGAIN_MAX_MS, Math.max(CALL_AGAIN_MIN_MS, response.callAgainSeconds * 1000));
  draft.usersOnline = response.usersOnline;
  draft.serverVersion = response.serverVersion;
  const code = response.reason?.code;
  if (wanted > 0 || code === "banned") draft.noWork = code === undefined || code === "not_asked" ? null : code;

  for (const ack of response.acknowledgements) applyAcknowledgement(turn, ack);
  for (const [id, task] of draft.tasks) {
    changeTask(turn, id, { parked: false, leaseEndsAtMs: task.leaseMs === null ? null : at.nowMs + task.leaseMs });
    // The server is there: what waits only because it was not need wait no longer.
    if (task.state.at === "fetch_failed" && task.wrongFiles === 0) {
      changeTask(turn, id, { state: { at: "fetch_failed", retryAtMs: at.nowMs } });
    }
  }
  for (const lease of response.leases) takeLease(turn, lease);
  for (const id of response.abort) {
    const task = draft.tasks.get(id);
    if (task !== undefined) obeyAbort(turn, task);
  }
  for (const fate of [...response.fates].reverse()) applyFate(turn, fate);
}

/** A new lease, or one of ours handed out again because the server was not sure that we still had it. */
function takeLease(turn: Turn, lease: Lease): void {
  const { draft, at, commands } = turn;
  const queued = draft.reports.get(lease.resultId);
  if (queued !== undefined) {
    const report = { ...queued.report, leaseToken: lease.leaseToken };
    draft.reports.set(lease.resultId, { ...queued, report });
    commands.push({ type: "store_report", report, needsUpload: queued.upload.at !== "none" });
    return;
  }
  const { inputBase64: _, ...facts } = lease;
  const leaseMs = lease.leaseSeconds === null ? null : lease.leaseSeconds * 1000;
  const times = { leaseMs, leaseEndsAtMs: leaseMs === null ? null : at.nowMs + leaseMs };
  const known = draft.tasks.get(lease.resultId);
  if (known !== undefined) {
    draft.tasks.set(lease.resultId, { ...known, ...times, lease: facts, parked: false });
    return;
  }
  draft.tasks.set(lease.resultId, { ...newTask(facts), ...times });
  commands.push({ type: "prepare", resultId: lease.resultId, lease: facts });
}

export function newTask(lease: LeaseFacts): Task {
  return {
    lease,
    state: { at: "fetching" },
    checkpoint: null,
    backends: null,
    failures: { wasm: 0, wgsl: 0 },
    excluded: [],
    fetchFailures: 0,
    wrongFiles: 0,
    started: false,
    leaseEndsAtMs: null,
    leaseMs: null,
    parked: false,
  };
}

function endExchange(draft: Draft): void {
  draft.exchange = { at: "idle" };
  for (const [id, queued] of draft.reports) if (queued.sending) draft.reports.set(id, { ...queued, sending: false });
}

/** Nothing is lost: what was being sent waits for the next exchange. */
export function applyExchangeFailure(
  turn: Turn,
  failure: Exclude<ExchangeFailure, { kind: "client_outdated" | "identity_refused" }>,
): void {
  const { draft, at } = turn;
  const sent = draft.exchange.at === "running" ? draft.exchange.resultIds : [];
  endExchange(draft);
  draft.failedExchanges += 1;
  draft.backoffUntilMs = at.nowMs + backoffMs(draft.failedExchanges, at.random);
  switch (failure.kind) {
    case "network":
      draft.trouble = { kind: "network" };
      return;
    case "rate_limited":
      draft.trouble = { kind: "rate_limited" };
      if (failure.retryAfterMs !== null) draft.backoffUntilMs = at.nowMs + failure.retryAfterMs * (1 + at.random / 4);
      return;
    case "server_error":
      draft.trouble = { kind: "server_error", message: failure.message };
      return;
    case "bad_request":
      draft.trouble = { kind: "server_error", message: failure.message };
      isolateMalformed(turn, sent, failure.message);
      return;
  }
}

/** One malformed report must not keep the others back: send them one by one, and take out the one that is refused alone. */
function isolateMalformed(turn: Turn, sent: readonly string[], message: string): void {
  const { draft, at } = turn;
  if (sent.length === 0) return;
  draft.backoffUntilMs = at.nowMs + EXCHANGE_GAP_MS;
  const [only] = sent;
  if (sent.length > 1 || only === undefined) {
    draft.reportLimit = 1;
    return;
  }
  applyAcknowledgement(turn, { resultId: only, status: "refused", message });
}
