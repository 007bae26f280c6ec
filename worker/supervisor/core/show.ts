import type { BackendWhy, FateView, PaceView, Phase, Reason, VolunteerState, WorkerView } from "../view.ts";
import { durationKey } from "./durations.ts";
import { downloadsHeld, type Plan, plan, reason } from "./governor.ts";
import { usableBackends, wantedSlots } from "./slots.ts";
import type { At, Slot, State, Task, TaskState } from "./types.ts";

/** From the machine's state to what the volunteer is shown. */

/** What the shell knows and the machine does not need. */
export interface Surroundings {
  /** Milliseconds since 1970 minus the monotonic clock. */
  readonly wallOffsetMs: number;
  readonly secureContext: boolean;
  readonly keepsAwakeWhenHidden: boolean;
  readonly identity: VolunteerState["identity"];
  readonly storage: VolunteerState["storage"];
  readonly uploadedBytesToday: number;
}

const FATES_SHOWN = 30;

type Moment = Surroundings & { readonly nowMs: number };
type Running = Extract<TaskState, { at: "running" }>;

export function show(state: State, at: At, surroundings: Surroundings): VolunteerState {
  const now = plan(state);
  const { phase, reason: why } = phaseOf(state, now, at.nowMs);
  const retryInSeconds = retrySeconds(state, at.nowMs);
  return {
    phase,
    reason: why,
    workers:
      phase === "off"
        ? []
        : [...state.slots.values()].map((slot) => workerView(state, now, slot, { ...surroundings, nowMs: at.nowMs })),
    pace: paceView(state, now, phase),
    queue: {
      leased: [...state.tasks.values()].filter((task) => task.state.at !== "running").length,
      toReport: state.reports.size,
    },
    fates: fates(state),
    credit: {
      thisDeviceMicro: state.totals.creditMicro,
      confirmed: state.totals.confirmed,
      notConfirmed: state.totals.notConfirmed,
      beingChecked: [...state.history.values()].filter((entry) => entry.fate === "being_checked").length,
    },
    usersOnline: state.usersOnline,
    device: {
      cores: state.cores,
      backends: state.backends.map(({ kind, state: found, label, detail }) => ({ kind, state: found, label, detail })),
      secureContext: surroundings.secureContext,
      battery: state.conditions.battery,
      hidden: state.conditions.hidden,
      keepsAwakeWhenHidden: surroundings.keepsAwakeWhenHidden,
    },
    identity: surroundings.identity,
    settings: state.settings,
    storage: surroundings.storage,
    network: {
      online: state.conditions.online,
      downloadedBytesToday: state.conditions.downloadedBytesToday,
      uploadedBytesToday: surroundings.uploadedBytesToday,
      roundTripMs: state.roundTripMs === null ? null : Math.round(state.roundTripMs),
      retryInSeconds,
    },
    version: {
      client: state.clientVersion,
      server: state.serverVersion,
      outdated: state.mode === "outdated" || (state.mode === "stopping" && state.stopTo === "outdated"),
    },
  };
}

function phaseOf(state: State, now: Plan, nowMs: number): { phase: Phase; reason: Reason | null } {
  const only = (phase: Phase, why: Reason | null = null) => ({ phase, reason: why });
  switch (state.mode) {
    case "off":
      return only("off");
    case "standby":
      return only("standby", reason("another_tab"));
    case "checking_device":
      return only("starting", troubleReason(state, nowMs) ?? reason("checking_device"));
    case "stopping":
      // To the volunteer it has stopped when nothing computes any more; what is still said to the server takes no power.
      if (state.stopTo === "resting" && now.paused?.key !== "paused_hidden")
        return only("starting", reason("connecting"));
      if (state.stopTo === "resting") return only("paused", reason("paused_hidden"));
      return only(state.slots.size === 0 && state.stopTo === "off" ? "off" : "stopping");
    case "resting":
      return only("paused", reason("paused_hidden"));
    case "outdated":
      return only("outdated", reason("client_outdated"));
    case "failed":
      return only(
        "failed",
        state.failure === null ? null : reason(state.failure.key, { message: state.failure.message }),
      );
    case "on":
      if (now.paused !== null) return only("paused", now.paused);
      if ([...state.slots.values()].some((slot) => slot.state.at === "busy"))
        return only("computing", troubleReason(state, nowMs) ?? storageReason(state));
      return only(state.exchangedAtMs === null ? "starting" : "waiting", waitingReason(state, nowMs));
  }
}

function waitingReason(state: State, nowMs: number): Reason {
  const trouble = troubleReason(state, nowMs);
  if (trouble !== null) return trouble;
  if (state.exchangedAtMs === null) return reason("connecting");
  if (state.tasks.size > 0 || state.exchange.at === "running") return reason("fetching_work");
  const held = downloadsHeld(state.settings, state.conditions);
  if (held !== null) return held;
  if (usableBackends(state, plan(state)).length === 0) return reason("nothing_allowed");
  return state.noWork === null || state.noWork === "not_asked" ? reason("fetching_work") : reason(state.noWork);
}

function troubleReason(state: State, nowMs: number): Reason | null {
  if (state.trouble === null) return null;
  const retryInSeconds = retrySeconds(state, nowMs) ?? 0;
  switch (state.trouble.kind) {
    case "network":
      return state.conditions.online ? reason("server_unreachable", { retryInSeconds }) : reason("paused_offline");
    case "rate_limited":
      return reason("rate_limited", { retryInSeconds });
    case "server_error":
      return reason("server_error", { retryInSeconds, message: state.trouble.message });
  }
}

function storageReason(state: State): Reason | null {
  return state.storageTrouble === null ? null : reason("storage_full", { message: state.storageTrouble });
}

function retrySeconds(state: State, nowMs: number): number | null {
  return state.trouble === null ? null : Math.max(0, Math.ceil((state.backoffUntilMs - nowMs) / 1000));
}

function paceView(state: State, now: Plan, phase: Phase): PaceView {
  const resting = phase === "off" || now.paused !== null;
  return {
    cpuWorkers: resting ? 0 : now.cpuWorkers,
    cpuShare: resting ? 0 : now.cpuShare,
    gpuShare: resting || wantedSlots(state, now).wgsl === 0 ? 0 : now.gpuShare,
    slower: phase === "computing" ? now.slower : null,
    pageLagMs: state.conditions.pageLagMs,
    effectRatio: state.conditions.effectRatio,
  };
}

function workerView(state: State, now: Plan, slot: Slot, { nowMs, ...surroundings }: Moment): WorkerView {
  const task = slot.state.at === "busy" ? state.tasks.get(slot.state.resultId) : undefined;
  const run = task?.state.at === "running" ? task.state : null;
  const backendWhy = whyBackend(state, now, slot, { task, secureContext: surroundings.secureContext });
  if (task === undefined || run === null) return { id: slot.id, backend: slot.backend, backendWhy, work: null };
  const { lease } = task;
  const typicalMs = state.durationsMs.get(durationKey(slot.backend, lease.appVersionHash)) ?? null;
  return {
    id: slot.id,
    backend: slot.backend,
    backendWhy,
    work: {
      resultId: lease.resultId,
      workunitId: lease.workunitId,
      workunitName: lease.workunitName,
      projectSlug: lease.project.slug,
      projectName: lease.project.name,
      appName: lease.app.name,
      appTitle: lease.app.title,
      progress: run.progress,
      startedAtMs: Math.round(run.startedAtMs + surroundings.wallOffsetMs),
      resumedFrom: run.resumedFrom,
      steps: run.steps,
      remainingSeconds: remainingSeconds(run, typicalMs, nowMs),
    },
  };
}

/** Share of a workunit after which its own speed tells more than that of earlier ones. */
const TELLING = 0.1;

/** At least 1; null when nothing is known, or when it takes longer than such ones did and is too young to tell by itself. */
function remainingSeconds(run: Running, typicalMs: number | null, nowMs: number): number | null {
  const elapsedMs = nowMs - run.startedAtMs;
  const done = run.progress - run.resumedFrom;
  const leftMs =
    done >= TELLING
      ? (elapsedMs / done) * (1 - run.progress)
      : typicalMs === null
        ? 0
        : typicalMs * (1 - run.resumedFrom) - elapsedMs;
  if (leftMs <= 0 && done < TELLING) return null;
  return Math.max(1, Math.round(leftMs / 1000));
}

interface WhyFacts {
  readonly task: Task | undefined;
  readonly secureContext: boolean;
}

function whyBackend(state: State, now: Plan, slot: Slot, { task, secureContext }: WhyFacts): BackendWhy {
  const kernel = task?.backends ?? null;
  if (slot.backend === "wgsl") return kernel?.includes("wasm") === false ? "kernel_wgsl_only" : "gpu_available";
  if (kernel?.includes("wgsl") === false) return "kernel_wasm_only";
  if (task?.excluded.includes("wgsl") === true) return "gpu_failed_here";
  if (wantedSlots(state, now).wgsl > 0) return "cpu_beside_gpu";
  switch (state.backends.find((b) => b.kind === "wgsl")?.state) {
    case "ok":
      return "gpu_off_by_settings";
    case "wrong":
      return "gpu_wrong";
    case "lost":
    case "checking":
      return "gpu_lost";
    default:
      return secureContext ? "gpu_missing" : "gpu_insecure_context";
  }
}

function fates(state: State): FateView[] {
  const newest = [...state.history.values()].sort((a, b) => b.finishedAtMs - a.finishedAtMs).slice(0, FATES_SHOWN);
  return newest.map((entry) => ({
    resultId: entry.resultId,
    workunitId: entry.workunitId,
    workunitName: entry.workunitName,
    projectSlug: entry.projectSlug,
    projectName: entry.projectName,
    fate: entry.fate,
    creditMicro: entry.creditMicro,
    backend: entry.backend,
    elapsedMs: entry.elapsedMs,
    finishedAtMs: entry.finishedAtMs,
  }));
}
