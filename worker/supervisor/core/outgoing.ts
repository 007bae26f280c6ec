import { backoffMs } from "./backoff.ts";
import type { Turn } from "./draft.ts";
import { applyExchangeFailure } from "./exchange.ts";
import { beginStopping, fail } from "./life.ts";
import type { Event, ExchangeFailure } from "./types.ts";

/** What could not be sent, and what was put before its report. */

export function uploadEnded(turn: Turn, event: Extract<Event, { type: "uploaded" | "upload_failed" }>): void {
  const { draft, at } = turn;
  const queued = draft.reports.get(event.resultId);
  if (queued?.upload.at !== "running") return;
  if (event.type === "uploaded") {
    draft.reports.set(event.resultId, { ...queued, upload: { at: "none" } });
    turn.commands.push({ type: "store_report", report: queued.report, needsUpload: false });
    return;
  }
  if (!event.permanent) {
    draft.failedExchanges += 1;
    const retryAtMs = at.nowMs + backoffMs(draft.failedExchanges, at.random);
    draft.reports.set(event.resultId, { ...queued, upload: { at: "needed", retryAtMs } });
    return;
  }
  const { resultId, leaseToken } = queued.report;
  const report = {
    kind: "error",
    resultId,
    leaseToken,
    code: "output_refused",
    message: event.message.slice(0, 500),
  } as const;
  draft.reports.set(resultId, { ...queued, report, upload: { at: "none" } });
  turn.commands.push({ type: "store_report", report, needsUpload: false });
}

export function exchangeFailed(turn: Turn, failure: ExchangeFailure): void {
  if (failure.kind !== "client_outdated" && failure.kind !== "identity_refused") {
    applyExchangeFailure(turn, failure);
    return;
  }
  applyExchangeFailure(turn, { kind: "network" });
  if (failure.kind === "identity_refused") fail(turn, "identity_refused", failure.message);
  else beginStopping(turn, "outdated");
}
