import { backoffMs } from "./backoff.ts";
import { soundBackends, type Turn } from "./draft.ts";
import { newTask } from "./exchange.ts";
import type { Event, FailureKey, State } from "./types.ts";

/** Starting, the device check, stopping, failing. */

export function started(turn: Turn, event: Extract<Event, { type: "started" }>): void {
  const { draft, at, commands } = turn;
  if (draft.mode !== "standby") return;
  // After a rest the device is the same one.
  draft.mode = soundBackends(draft).length > 0 ? "on" : "checking_device";
  draft.history = new Map(event.history.map((entry) => [entry.resultId, entry]));
  draft.totals = event.totals;
  draft.durationsMs = event.durationsMs;
  for (const { report, needsUpload } of event.reports) {
    const upload = needsUpload ? ({ at: "needed", retryAtMs: at.nowMs } as const) : ({ at: "none" } as const);
    draft.reports.set(report.resultId, { report, upload, sending: false, queuedAtMs: at.nowMs });
  }
  for (const { lease, checkpoint } of event.tasks) {
    // A crash between storing the report and deleting the checkpoint leaves both: the report is the newer one.
    if (draft.reports.has(lease.resultId)) {
      commands.push({ type: "drop_task", resultId: lease.resultId });
      continue;
    }
    draft.tasks.set(lease.resultId, { ...newTask(lease), checkpoint, started: true });
    commands.push({ type: "prepare", resultId: lease.resultId, lease });
  }
}

export function deviceChecked(turn: Turn, event: Extract<Event, { type: "device_checked" }>): void {
  const { draft } = turn;
  draft.deviceCheck = "idle";
  // A later look at one backend says nothing good about another that failed at its work.
  const failed = new Map(
    draft.backends.filter((b) => b.state === "wrong" || b.state === "lost").map((b) => [b.kind, b]),
  );
  const asked = new Set(draft.backends.filter((b) => b.state === "checking").map((b) => b.kind));
  draft.backends = event.backends.map((b) => {
    if (asked.has(b.kind) && b.state === "unavailable") return { ...b, state: "lost" };
    return failed.get(b.kind) ?? b;
  });
  if (draft.mode !== "checking_device") return;
  draft.failedExchanges = 0;
  draft.trouble = null;
  // A backend that answers wrongly is worth an exchange too: the server is to know.
  if (event.backends.some((b) => b.state === "ok" || b.state === "wrong")) draft.mode = "on";
  else fail(turn, "no_backend", event.backends.map((b) => `${b.kind}: ${b.detail}`).join("; "));
}

export function deviceCheckFailed(turn: Turn, event: Extract<Event, { type: "device_check_failed" }>): void {
  const { draft, at } = turn;
  draft.deviceCheck = "idle";
  if (draft.mode !== "checking_device") {
    draft.backends = draft.backends.map((b) =>
      b.state === "checking" ? { ...b, state: "lost", detail: event.message } : b,
    );
    return;
  }
  if (!event.unreachable) {
    fail(turn, "worker_unavailable", event.message);
    return;
  }
  draft.failedExchanges += 1;
  draft.trouble = { kind: "network" };
  draft.backoffUntilMs = at.nowMs + backoffMs(draft.failedExchanges, at.random);
}

export function stopAsked(turn: Turn): void {
  const { mode, stopTo } = turn.draft;
  if (mode === "off" || mode === "outdated" || mode === "failed") return;
  if (mode === "resting") turn.draft.mode = "off";
  else if (mode !== "stopping") beginStopping(turn, "off");
  else if (stopTo === "resting") turn.draft.stopTo = "off";
}

/** Ends for a reason that this client cannot repair. What is stored stays for another time. */
export function fail(turn: Turn, key: FailureKey, message: string): void {
  turn.draft.failure = { key, message };
  beginStopping(turn, "failed");
}

export function beginStopping(turn: Turn, stopTo: State["stopTo"]): void {
  turn.draft.stopTo = stopTo;
  turn.draft.stoppingSinceMs = turn.at.nowMs;
  turn.draft.mode = "stopping";
}
