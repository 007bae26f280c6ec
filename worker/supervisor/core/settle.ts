import { EXCHANGE_MAX_HELD } from "../../../server/core/limits.ts";
import type { Turn } from "./draft.ts";
import { changeTask } from "./draft.ts";
import { nextBrake } from "./effect.ts";
import { beginExchange, exchangeDueAtMs, hasSendableReports, maySpeakLast } from "./exchange.ts";
import { type Plan, plan } from "./governor.ts";
import { proofOf } from "./lease-proof.ts";
import { beginStopping } from "./life.ts";
import { STOP_EXCHANGE_MS, STOP_GRACE_MS } from "./limits.ts";
import { giveBack } from "./reports.ts";
import { assignTasks, killOverdueStops, setPaces, settleSlots, stopRun } from "./slots.ts";

/**
 * The rules that hold after every event, whatever it was. Each looks at the state, not at the event, and does nothing
 * when it is satisfied: settling twice changes nothing.
 */
export function settle(turn: Turn): void {
  const { draft, at } = turn;
  draft.brake = nextBrake(draft.brake, draft.conditions, draft.settings.preset, at.nowMs);
  const now = plan(draft);
  killOverdueStops(turn);
  const hidden = now.paused?.key === "paused_hidden";
  if (hidden && draft.mode === "on") beginStopping(turn, "resting");
  switch (draft.mode) {
    case "checking_device":
      if (draft.deviceCheck === "running" || at.nowMs < draft.backoffUntilMs) return;
      draft.deviceCheck = "running";
      turn.commands.push({ type: "check_device" });
      return;
    // Rests while hidden, or comes straight back to wait for a turn that another tab took.
    case "resting":
      if (hidden) return;
      draft.mode = "standby";
      turn.commands.push({ type: "begin" });
      return;
    case "on":
      settleOn(turn, now);
      return;
    case "stopping":
      settleStopping(turn, now);
      return;
    default:
      return;
  }
}

function settleOn(turn: Turn, now: Plan): void {
  const { draft } = turn;
  if (
    draft.once &&
    draft.askedOnce &&
    draft.tasks.size === 0 &&
    draft.reports.size === 0 &&
    draft.exchange.at === "idle"
  ) {
    beginStopping(turn, "off");
    settleStopping(turn, now);
    return;
  }
  settleSlots(turn, now);
  if (now.paused === null) {
    retryFetches(turn);
    assignTasks(turn, now);
    setPaces(turn, now);
  } else {
    holdStill(turn);
  }
  beginUploads(turn);
  if (turn.at.nowMs >= exchangeDueAtMs(draft, now, turn.at.nowMs)) beginExchange(turn, now);
  if (now.paused !== null) parkRest(turn);
}

/** Nothing computes. What was begun keeps its checkpoint and its lease, the rest goes back at once. */
function holdStill(turn: Turn): void {
  for (const [id, task] of turn.draft.tasks) {
    if (task.state.at === "running") stopRun(turn, id);
    else if (task.checkpoint === null) giveBack(turn, task);
  }
}

function settleStopping(turn: Turn, now: Plan): void {
  const { draft, at, commands } = turn;
  const orderly = draft.stopTo === "off" || draft.stopTo === "resting";
  if (orderly) holdStill(turn);
  else for (const [id, task] of draft.tasks) if (task.state.at === "running") stopRun(turn, id);
  const late = at.nowMs >= draft.stoppingSinceMs + STOP_EXCHANGE_MS;
  if (!late && at.nowMs >= exchangeDueAtMs(draft, now, at.nowMs)) beginExchange(turn, now);
  if ([...draft.tasks.values()].some((task) => task.state.at === "running")) return;
  for (const slotId of draft.slots.keys()) commands.push({ type: "close_slot", slotId });
  draft.slots.clear();
  // Reports that cannot be sent now are stored and go out after the next start.
  const speaking = draft.exchange.at === "running" || (maySpeakLast(draft) && hasSendableReports(draft));
  if (orderly && speaking && !late) return;
  if (orderly) parkAll(turn);
  draft.mode = draft.stopTo;
  draft.tasks.clear();
  draft.reports.clear();
  draft.exchange = { at: "idle" };
  draft.exchangedAtMs = null;
  draft.askedOnce = false;
  commands.push({ type: "end" });
}

/** The last word about leases that are kept but not worked on, once everything else was said. */
function parkRest(turn: Turn): void {
  const { draft } = turn;
  if (draft.exchange.at === "running" || hasSendableReports(draft)) return;
  const open = [...draft.tasks.values()].filter((task) => !task.parked && task.state.at !== "running");
  if (open.length === 0) return;
  for (const task of open) changeTask(turn, task.lease.resultId, { parked: true });
  turn.commands.push({ type: "park", leases: open.map(({ lease }) => proofOf(lease)) });
}

/** Nobody is left to renew them. What could not be said either: it is stored, and goes out after the next start. */
function parkAll({ draft, commands }: Turn): void {
  const tasks = [...draft.tasks.values()].filter((task) => !task.parked).map(({ lease }) => lease);
  const unsaid = [...draft.reports.values()].map(({ report }) => report);
  const leases = [...tasks, ...unsaid].map(proofOf);
  if (leases.length > 0) commands.push({ type: "park", leases: leases.slice(0, EXCHANGE_MAX_HELD) });
}

function retryFetches(turn: Turn): void {
  for (const [id, task] of turn.draft.tasks) {
    if (task.state.at !== "fetch_failed" || turn.at.nowMs < task.state.retryAtMs) continue;
    changeTask(turn, id, { state: { at: "fetching" } });
    turn.commands.push({ type: "prepare", resultId: id, lease: task.lease });
  }
}

function beginUploads(turn: Turn): void {
  for (const [id, queued] of turn.draft.reports) {
    if (queued.upload.at !== "needed" || turn.at.nowMs < queued.upload.retryAtMs || queued.report.kind !== "output")
      continue;
    turn.draft.reports.set(id, { ...queued, upload: { at: "running" } });
    turn.commands.push({ type: "upload", resultId: id, sha256: queued.report.outputSha256 });
  }
}

/** The next moment at which time alone changes something; null when only events do. */
export function wakeAtMs(turn: Turn): number | null {
  const { draft } = turn;
  if (draft.mode === "checking_device" && draft.deviceCheck === "idle") return draft.backoffUntilMs;
  const now = plan(draft);
  if (draft.mode === "resting") return now.paused?.key === "paused_hidden" ? null : turn.at.nowMs;
  if (draft.mode !== "on" && draft.mode !== "stopping") return null;
  const times = [exchangeDueAtMs(draft, now, turn.at.nowMs)];
  if (draft.mode === "stopping") times.push(draft.stoppingSinceMs + STOP_EXCHANGE_MS);
  for (const task of draft.tasks.values()) {
    if (task.state.at === "fetch_failed" && now.paused === null) times.push(task.state.retryAtMs);
    if (task.state.at === "running" && task.state.stopping !== null)
      times.push(task.state.stopping.sinceMs + STOP_GRACE_MS);
  }
  for (const slot of draft.slots.values()) {
    if (slot.state.at === "broken" && now.paused === null) times.push(slot.state.retryAtMs);
  }
  for (const { upload } of draft.reports.values()) {
    if (upload.at === "needed" && draft.mode === "on") times.push(upload.retryAtMs);
  }
  const next = Math.min(...times);
  return Number.isFinite(next) ? next : null;
}
