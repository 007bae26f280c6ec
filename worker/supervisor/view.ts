import type { BackendKind, Fate } from "../../server/core/wire/exchange.ts";

/**
 * What a volunteer is shown: plain data that survives a structured clone and JSON. No text in it, only keys of the
 * message catalogue and their values, and no lease tokens or secrets.
 */

export type Phase =
  /** Not started, or stopped by the volunteer. Nothing downloads or computes. */
  | "off"
  /** Started; opening the session, checking the device. */
  | "starting"
  | "computing"
  /** Willing, but there is nothing to compute now; `reason` says why. */
  | "waiting"
  /** The governor holds everything; `reason` says why. Goes on by itself. */
  | "paused"
  /** Another tab of this browser computes; this one takes over when that one goes. */
  | "standby"
  | "stopping"
  /** The server speaks a newer protocol: reload the page. No work is lost. */
  | "outdated"
  /** Nothing this client can repair; `reason` says what. */
  | "failed";

/** Keys of the message catalogue (`volunteer.reason.<key>`). The values named here are the placeholders of the text. */
export type ReasonKey =
  // paused
  | "paused_hidden"
  | "paused_on_battery"
  | "paused_low_charge" // {percent, minimumPercent}
  | "paused_quiet_hours" // {until} "HH:MM"
  | "paused_save_data"
  | "paused_offline"
  | "paused_frozen"
  | "paused_daily_download" // {megabytes}
  // waiting
  | "connecting"
  | "checking_device"
  | "fetching_work"
  | "server_unreachable" // {retryInSeconds}
  | "server_error" // {retryInSeconds, message}
  | "rate_limited" // {retryInSeconds}
  | "no_work"
  | "nothing_for_this_device"
  | "nothing_allowed"
  | "only_results_of_yours"
  | "waiting_for_other_volunteers"
  | "quota_reached"
  | "too_many_in_progress"
  | "backend_wrong"
  | "banned"
  // slower
  | "slower_preset" // {preset}
  | "slower_page_lag" // {milliseconds}
  | "slower_busy_device" // {times} as long as when idle a known small piece of work takes, 10 for ten and more
  // standby, outdated, failed
  | "another_tab"
  | "client_outdated"
  | "storage_unavailable" // {message}
  | "storage_full" // {message} computes on, but what is unfinished ends with the page
  | "no_backend"
  | "identity_refused" // {message}
  | "worker_unavailable"; // {message}

export interface Reason {
  readonly key: ReasonKey;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Why a compute worker uses its backend (`volunteer.backendWhy.<key>`). */
export type BackendWhy =
  | "gpu_available"
  | "cpu_beside_gpu"
  | "gpu_missing"
  | "gpu_insecure_context"
  | "gpu_off_by_settings"
  | "gpu_wrong"
  | "gpu_lost"
  | "gpu_failed_here"
  | "kernel_wasm_only"
  | "kernel_wgsl_only";

/** One compute worker and what it does. */
export interface WorkerView {
  readonly id: number;
  readonly backend: BackendKind;
  readonly backendWhy: BackendWhy;
  /** Null: it waits for work. */
  readonly work: null | {
    readonly resultId: string;
    readonly workunitId: string;
    readonly workunitName: string;
    readonly projectSlug: string;
    readonly projectName: string;
    readonly appName: string;
    readonly appTitle: string;
    /** 0..1 */
    readonly progress: number;
    /** Milliseconds since 1970 by this device's clock. */
    readonly startedAtMs: number;
    /** Progress found in a checkpoint when this run began; 0 without one. */
    readonly resumedFrom: number;
    /** Steps done in this run. */
    readonly steps: number;
    /** By its own speed, or at its beginning by this device's experience with the app; null when neither tells. */
    readonly remainingSeconds: number | null;
  };
}

/** What became of one of this device's latest results, newest first. */
export interface FateView {
  readonly resultId: string;
  readonly workunitId: string;
  readonly workunitName: string;
  readonly projectSlug: string;
  readonly projectName: string;
  /** `waiting_to_send`: finished here, not yet acknowledged by the server. */
  readonly fate: Fate | "waiting_to_send";
  readonly creditMicro: string;
  readonly backend: BackendKind | null;
  /** Milliseconds from the first step to the last; null when not known here any more. */
  readonly elapsedMs: number | null;
  /** Milliseconds since 1970; null when not known here any more. */
  readonly finishedAtMs: number | null;
}

/** What the device check at joining found for one backend. */
export interface BackendView {
  readonly kind: BackendKind;
  readonly state: "unknown" | "checking" | "ok" | "wrong" | "unavailable" | "lost";
  /** E.g. "google swiftshader"; for wasm "". */
  readonly label: string;
  /** Technical text in English for `wrong`, `unavailable`, `lost`; else "". */
  readonly detail: string;
}

export type Preset = "gentle" | "balanced" | "all" | "custom";

export interface VolunteerSettings {
  readonly preset: Preset;
  /** Number of CPU compute workers, 0..cores. Used by `custom`; the presets choose themselves. */
  readonly cpuWorkers: number;
  /** Share of the time each CPU compute worker computes, 0.05..1. Used by `custom`. */
  readonly cpuShare: number;
  /** Share of the time the GPU computes, 0 (off)..1. Used by `custom`. */
  readonly gpuShare: number;
  /** False: no GPU, whatever the preset says. */
  readonly useGpu: boolean;
  readonly whenHidden: "pause" | "continue";
  readonly onBattery: "pause" | "continue";
  /** Pause below this charge even when `onBattery` is `continue`, and while charging too, 0..1; 0 never. */
  readonly minimumCharge: number;
  /** Minutes of the local day in which nothing computes; may run over midnight. */
  readonly quietHours: null | { readonly fromMinute: number; readonly toMinute: number };
  /** Null: no limit. */
  readonly downloadMegabytesPerDay: number | null;
  readonly storageMegabytes: number;
  /** Project slug -> share; null: whatever is needed most. */
  readonly shares: null | Readonly<Record<string, number>>;
  /** Wanted public name of a new identity. */
  readonly name: string;
}

/** How hard this device works at this moment, and what holds it back. */
export interface PaceView {
  readonly cpuWorkers: number;
  readonly cpuShare: number;
  readonly gpuShare: number;
  /** Null: nothing slows it. */
  readonly slower: Reason | null;
  /** Event-loop lag of the page, milliseconds, smoothed; null while not measured (hidden, headless). */
  readonly pageLagMs: number | null;
  /** Duration of a small known computation over its baseline, 1 = as when idle; null before it was measured. */
  readonly effectRatio: number | null;
}

export interface VolunteerState {
  readonly phase: Phase;
  readonly reason: Reason | null;
  readonly workers: readonly WorkerView[];
  readonly pace: PaceView;
  /** Leased and not yet begun; finished and not yet acknowledged. */
  readonly queue: { readonly leased: number; readonly toReport: number };
  readonly fates: readonly FateView[];
  readonly credit: {
    /** Micro-cobblestones granted to results of this device, as far as its record goes; decimal. */
    readonly thisDeviceMicro: string;
    readonly confirmed: number;
    readonly beingChecked: number;
    readonly notConfirmed: number;
  };
  /** Null before the first exchange. Below a quorum the page says that a second person is needed. */
  readonly usersOnline: number | null;
  readonly device: {
    readonly cores: number;
    readonly backends: readonly BackendView[];
    /** False on plain http in a network: WASM only, a secret instead of a key. */
    readonly secureContext: boolean;
    readonly battery: null | { readonly charging: boolean; readonly level: number };
    readonly hidden: boolean;
    /** True while the lock is held that keeps a hidden tab from being frozen. */
    readonly keepsAwakeWhenHidden: boolean;
  };
  /** Null before the first session. */
  readonly identity: null | {
    readonly kind: "key" | "secret";
    readonly hostId: string;
    readonly userId: string;
    readonly userName: string | null;
    readonly isNew: boolean;
  };
  readonly settings: VolunteerSettings;
  readonly storage: { readonly usedBytes: number; readonly limitBytes: number };
  readonly network: {
    readonly online: boolean;
    /** Since local midnight. */
    readonly downloadedBytesToday: number;
    readonly uploadedBytesToday: number;
    /** Milliseconds, smoothed; null before the first exchange. */
    readonly roundTripMs: number | null;
    readonly retryInSeconds: number | null;
  };
  readonly version: { readonly client: string; readonly server: string | null; readonly outdated: boolean };
}

/** One line of the record of what ran on this device. */
export interface RecordEntry {
  readonly resultId: string;
  readonly workunitId: string;
  readonly workunitName: string;
  readonly projectSlug: string;
  readonly projectName: string;
  readonly appName: string;
  readonly appVersionHash: string;
  readonly backend: BackendKind | null;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number;
  readonly elapsedMs: number | null;
  readonly ended: "output" | "error" | "aborted" | "returned";
  readonly errorCode: string | null;
  readonly fate: Fate | "waiting_to_send";
  readonly creditMicro: string;
}
