import type { Acknowledgement, Fate, Report } from "../../../server/core/wire/exchange.ts";
import type { RecordEntry } from "../view.ts";
import { changeTask, forgetTask, type Turn } from "./draft.ts";
import { HISTORY_LENGTH, UNABLE_PAUSE_MS } from "./limits.ts";
import type { Task } from "./types.ts";

/** The queue of reports and the record of what ran here. A report leaves the queue only when the server answered to it. */

/** Ends a task by a report: queued and stored before the task's own traces go. */
export function endByReport(turn: Turn, report: Report, needsUpload: boolean): void {
  const { draft, at, commands } = turn;
  recordUnfinished(turn, report);
  draft.reports.set(report.resultId, {
    report,
    upload: needsUpload ? { at: "needed", retryAtMs: at.nowMs } : { at: "none" },
    sending: false,
    queuedAtMs: at.nowMs,
  });
  commands.push({ type: "store_report", report, needsUpload });
  forgetTask(turn, report.resultId);
}

/** What was begun here and never finished belongs into the record of what ran here too. */
export function recordUnfinished(turn: Turn, report: Report): void {
  const task = turn.draft.tasks.get(report.resultId);
  if (task === undefined || !task.started || (report.kind !== "aborted" && report.kind !== "returned")) return;
  const finishedWallMs = turn.at.nowMs + turn.draft.conditions.wallOffsetMs;
  recordRun(turn, task, { ended: report.kind, errorCode: null, elapsedMs: null, finishedWallMs });
}

/** Hands a result back, blameless. */
export function giveBack(turn: Turn, task: Task): void {
  const { resultId, leaseToken } = task.lease;
  endByReport(turn, { kind: "returned", resultId, leaseToken }, false);
}

/** Hands back what this device cannot compute. The same user may get it again: without a pause the two would spin. */
export function declareUnable(turn: Turn, task: Task): void {
  giveBack(turn, task);
  turn.draft.wantHeldUntilMs = turn.at.nowMs + UNABLE_PAUSE_MS;
}

/** Obeys the server: a running one is stopped first, the report follows when it has stopped. */
export function obeyAbort(turn: Turn, task: Task): void {
  const { resultId, leaseToken } = task.lease;
  if (task.state.at !== "running") {
    endByReport(turn, { kind: "aborted", resultId, leaseToken, by: "server" }, false);
    return;
  }
  if (task.state.stopping?.drop === true) return;
  changeTask(turn, resultId, { state: { ...task.state, stopping: { sinceMs: turn.at.nowMs, drop: true } } });
  turn.commands.push({ type: "stop_run", slotId: task.state.slotId, resultId, checkpoint: false });
}

export interface EndedRun {
  readonly ended: RecordEntry["ended"];
  readonly errorCode: string | null;
  readonly elapsedMs: number | null;
  readonly finishedWallMs: number;
}

export function recordRun(turn: Turn, task: Task, run: EndedRun): void {
  const running = task.state.at === "running" ? task.state : null;
  const { lease } = task;
  putRecord(turn, {
    resultId: lease.resultId,
    workunitId: lease.workunitId,
    workunitName: lease.workunitName,
    projectSlug: lease.project.slug,
    projectName: lease.project.name,
    appName: lease.app.name,
    appVersionHash: lease.appVersionHash,
    backend: running?.backend ?? null,
    startedAtMs: running === null ? null : Math.round(run.finishedWallMs - (turn.at.nowMs - running.startedAtMs)),
    finishedAtMs: Math.round(run.finishedWallMs),
    elapsedMs: run.elapsedMs,
    ended: run.ended,
    errorCode: run.errorCode,
    fate: "waiting_to_send",
    creditMicro: "0",
  });
}

const FATE_OF_KIND: Record<Report["kind"], Fate> = {
  output: "being_checked",
  error: "failed",
  aborted: "not_needed",
  returned: "returned",
};

export function applyAcknowledgement(turn: Turn, ack: Acknowledgement): void {
  const queued = turn.draft.reports.get(ack.resultId);
  if (queued === undefined) return;
  turn.draft.reports.delete(ack.resultId);
  turn.commands.push({ type: "drop_report", resultId: ack.resultId });
  const fate =
    ack.status === "refused" ? "failed" : ack.status === "ignored" ? "too_late" : FATE_OF_KIND[queued.report.kind];
  const entry = turn.draft.history.get(ack.resultId);
  if (entry?.fate === "waiting_to_send") putRecord(turn, { ...entry, fate });
}

export function applyFate(turn: Turn, fate: { resultId: string; fate: Fate; creditMicro: string }): void {
  const entry = turn.draft.history.get(fate.resultId);
  // Not acknowledged yet: what the server knows of it is older than what is in the queue.
  if (entry === undefined || turn.draft.reports.has(fate.resultId)) return;
  if (entry.fate === fate.fate && entry.creditMicro === fate.creditMicro) return;
  putRecord(turn, { ...entry, fate: fate.fate, creditMicro: fate.creditMicro });
}

function putRecord(turn: Turn, entry: RecordEntry): void {
  const { draft } = turn;
  const before = draft.history.get(entry.resultId);
  const count = (e: RecordEntry | undefined, fate: Fate): number => (e?.fate === fate ? 1 : 0);
  draft.totals = {
    creditMicro: String(
      BigInt(draft.totals.creditMicro) + BigInt(entry.creditMicro) - BigInt(before?.creditMicro ?? "0"),
    ),
    confirmed: draft.totals.confirmed + count(entry, "confirmed") - count(before, "confirmed"),
    notConfirmed: draft.totals.notConfirmed + count(entry, "not_confirmed") - count(before, "not_confirmed"),
  };
  draft.history.set(entry.resultId, entry);
  for (const oldest of draft.history.keys()) {
    if (draft.history.size <= HISTORY_LENGTH) break;
    draft.history.delete(oldest);
  }
  turn.commands.push({ type: "store_record", entry, totals: draft.totals });
}
