import type {
  BackendKind,
  ExchangeRequest,
  ExchangeResponse,
  Lease,
  NoWorkReason,
  Report,
} from "../../../server/core/wire/exchange.ts";
import type { BackendView, RecordEntry, VolunteerSettings } from "../view.ts";
import type { Brake } from "./effect.ts";

/**
 * The volunteer client as a state machine: events in, commands out, time and chance as arguments. It knows no network,
 * no storage and no clock; worker/supervisor/supervisor.ts does what it commands.
 */

/** When something happens: milliseconds of a monotonic clock, and one draw in [0, 1). */
export interface At {
  readonly nowMs: number;
  readonly random: number;
}

/** A lease without its input bytes, which the shell keeps. */
export type LeaseFacts = Omit<Lease, "inputBase64">;

export interface CheckpointFacts {
  /** 0..1 */
  readonly progress: number;
  readonly format: string;
}

export type TaskState =
  /** Kernel, input and files are being fetched and checked. */
  | { readonly at: "fetching" }
  | { readonly at: "fetch_failed"; readonly retryAtMs: number }
  | { readonly at: "ready" }
  | {
      readonly at: "running";
      readonly slotId: number;
      readonly backend: BackendKind;
      readonly startedAtMs: number;
      readonly resumedFrom: number;
      readonly progress: number;
      readonly steps: number;
      /** Set when it was asked to stop: it goes back to ready with its checkpoint, or is dropped. */
      readonly stopping: null | { readonly sinceMs: number; readonly drop: boolean };
    };

/** A result this client holds and has not finished. */
export interface Task {
  readonly lease: LeaseFacts;
  readonly state: TaskState;
  readonly checkpoint: CheckpointFacts | null;
  /** Backends its app version has, or the one its lease asks for; null until the manifest was read. */
  readonly backends: readonly BackendKind[] | null;
  /** Failures so far that may be this device's fault, by backend. */
  readonly failures: Readonly<Record<BackendKind, number>>;
  /** Backends that are out of the question for this workunit. */
  readonly excluded: readonly BackendKind[];
  /** Times its files could not be had, for whatever reason; and times because they were not what they should be. */
  readonly fetchFailures: number;
  readonly wrongFiles: number;
  /** True once a kernel ran for it, here or before a reload. */
  readonly started: boolean;
  /** Null: it lasts until the deadline. */
  readonly leaseEndsAtMs: number | null;
  readonly leaseMs: number | null;
  /** The server keeps it without renewal (rule 6); the next exchange ends that. */
  readonly parked: boolean;
}

/** A finished result (or one given up) that the server has not acknowledged. */
export interface QueuedReport {
  readonly report: Report;
  /** Outputs above the inline limit are put to /api/files before the report may go. */
  readonly upload:
    | { readonly at: "none" }
    | { readonly at: "needed"; readonly retryAtMs: number }
    | { readonly at: "running" };
  readonly sending: boolean;
  readonly queuedAtMs: number;
}

export interface Slot {
  readonly id: number;
  readonly backend: BackendKind;
  readonly state:
    | { readonly at: "starting" }
    | { readonly at: "idle" }
    | { readonly at: "busy"; readonly resultId: string }
    | { readonly at: "broken"; readonly retryAtMs: number };
  /** True: close it as soon as its run has stopped. */
  readonly closing: boolean;
  readonly failedStarts: number;
  /** Duty cycle last commanded. */
  readonly share: number | null;
}

export type Mode =
  | "off"
  /** Another tab computes. */
  | "standby"
  | "checking_device"
  | "on"
  /** Runs are being stopped and the last exchange made; `stopTo` comes next. */
  | "stopping"
  /** Hidden by the volunteer's wish: everything parked and stored, the turn given to other tabs, until it is seen again. */
  | "resting"
  | "outdated"
  | "failed";

export type ExchangeState =
  | { readonly at: "idle" }
  | {
      readonly at: "running";
      readonly sinceMs: number;
      readonly resultIds: readonly string[];
      readonly wanted: number;
    };

export type NetworkTrouble =
  | { readonly kind: "network" }
  | { readonly kind: "server_error"; readonly message: string }
  | { readonly kind: "rate_limited" };

/** What only the page or the operating system knows. */
export interface Conditions {
  readonly online: boolean;
  readonly hidden: boolean;
  /** Somebody may be looking at what this client shows. */
  readonly watched: boolean;
  readonly battery: null | { readonly charging: boolean; readonly level: number };
  readonly saveData: boolean;
  /** Minute of the local day, 0..1439. */
  readonly minuteOfDay: number;
  /** Milliseconds since 1970 minus the monotonic clock, as last looked at: this device's clock may jump. */
  readonly wallOffsetMs: number;
  readonly downloadedBytesToday: number;
  /** A file was refused because it is larger than what is left of today's megabytes. */
  readonly downloadsSpent: boolean;
  /** Smoothed; null: not measured (hidden, headless). */
  readonly pageLagMs: number | null;
  /** Duration of the small known computation over its baseline; null: not measured. */
  readonly effectRatio: number | null;
}

export type FailureKey = "no_backend" | "identity_refused" | "worker_unavailable" | "storage_unavailable";

export interface State {
  readonly mode: Mode;
  readonly failure: null | { readonly key: FailureKey; readonly message: string };
  /** Why the last thing to be stored could not be; null when it was. */
  readonly storageTrouble: string | null;
  /** One exchange that asks for work, then compute and report it, then stop. */
  readonly once: boolean;
  readonly clientVersion: string;
  readonly protocol: number;
  readonly cores: number;
  readonly memoryBytes: number | null;
  readonly settings: VolunteerSettings;
  readonly conditions: Conditions;
  readonly backends: readonly (BackendView & { readonly class: string })[];
  readonly deviceCheck: "idle" | "running";
  readonly deviceLosses: number;
  /** What the client's own measured effect leaves of its share. */
  readonly brake: Brake;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly reports: ReadonlyMap<string, QueuedReport>;
  readonly slots: ReadonlyMap<number, Slot>;
  readonly nextSlotId: number;
  readonly exchange: ExchangeState;
  /** Monotonic time of the end of the last exchange that was answered; null before the first. */
  readonly exchangedAtMs: number | null;
  /** No exchange for work before this, unless there is something to report. */
  readonly callAgainAtMs: number;
  /** No asking for work before this: what came was nothing that this device can compute. */
  readonly wantHeldUntilMs: number;
  readonly failedExchanges: number;
  /** No exchange at all before this. */
  readonly backoffUntilMs: number;
  readonly trouble: NetworkTrouble | null;
  /** Most reports in one exchange; 1 after the server called a batch malformed, to find the one. */
  readonly reportLimit: number;
  readonly noWork: NoWorkReason | null;
  /** True after an exchange that asked for work was answered; what `once` waits for. */
  readonly askedOnce: boolean;
  readonly roundTripMs: number | null;
  /** Typical milliseconds of a workunit, by `backend:app version hash`. */
  readonly durationsMs: ReadonlyMap<string, number>;
  /** Meaningful while stopping. */
  readonly stopTo: "off" | "resting" | "outdated" | "failed";
  readonly stoppingSinceMs: number;
  readonly usersOnline: number | null;
  readonly serverVersion: string | null;
  /** Latest results, oldest first. */
  readonly history: ReadonlyMap<string, RecordEntry>;
  readonly totals: Totals;
}

export interface Totals {
  readonly creditMicro: string;
  readonly confirmed: number;
  readonly notConfirmed: number;
}

/** A task with a checkpoint that an earlier life of this client left in its storage. */
export interface RestoredTask {
  readonly lease: LeaseFacts;
  readonly checkpoint: CheckpointFacts;
}

export type ExchangeFailure =
  | { readonly kind: "network" }
  | { readonly kind: "server_error"; readonly message: string }
  | { readonly kind: "rate_limited"; readonly retryAfterMs: number | null }
  /** The request itself was called malformed. */
  | { readonly kind: "bad_request"; readonly message: string }
  | { readonly kind: "identity_refused"; readonly message: string }
  | { readonly kind: "client_outdated" };

export type Event =
  /** Consent was given (or this is a headless volunteer). Another tab may have to go first. */
  | { readonly type: "start_asked" }
  /** This client is the one that computes; what it left unfinished. */
  | {
      readonly type: "started";
      readonly tasks: readonly RestoredTask[];
      readonly reports: readonly { readonly report: Report; readonly needsUpload: boolean }[];
      readonly history: readonly RecordEntry[];
      readonly totals: Totals;
      readonly durationsMs: ReadonlyMap<string, number>;
    }
  /** There is nowhere to keep an identity and unfinished work. */
  | { readonly type: "storage_unavailable"; readonly message: string }
  /** Something could not be stored, or (null) can be again. */
  | { readonly type: "storage_trouble"; readonly message: string | null }
  | { readonly type: "stop_asked" }
  /** Another tab computes now: stop, and wait for the turn again. */
  | { readonly type: "turn_lost" }
  | { readonly type: "settings_changed"; readonly settings: VolunteerSettings }
  | { readonly type: "conditions_changed"; readonly conditions: Conditions }
  /** The page told the server by beacon what it parks and what it hands back. */
  | { readonly type: "beacon_sent"; readonly returned: readonly string[] }
  | { readonly type: "device_checked"; readonly backends: State["backends"] }
  /** `unreachable`: the probe could not be fetched, so it is tried again; otherwise no compute worker starts here. */
  | { readonly type: "device_check_failed"; readonly unreachable: boolean; readonly message: string }
  | { readonly type: "slot_ready"; readonly slotId: number }
  /** The compute worker died, or did not start. */
  | { readonly type: "slot_failed"; readonly slotId: number; readonly message: string }
  | { readonly type: "prepared"; readonly resultId: string; readonly backends: readonly BackendKind[] }
  | {
      readonly type: "prepare_failed";
      readonly resultId: string;
      /**
       * network: nobody answered; wrong: no such file, or other bytes; unusable: asking again cannot help; held: the
       * volunteer wants nothing more downloaded now.
       */
      readonly kind: "network" | "wrong" | "unusable" | "held";
      readonly message: string;
    }
  | {
      readonly type: "progress";
      readonly slotId: number;
      readonly resultId: string;
      readonly progress: number;
      readonly steps: number;
    }
  | { readonly type: "checkpointed"; readonly resultId: string; readonly checkpoint: CheckpointFacts }
  | { readonly type: "checkpoint_refused"; readonly resultId: string }
  | {
      readonly type: "finished";
      readonly slotId: number;
      readonly resultId: string;
      readonly report: Extract<Report, { kind: "output" }>;
      readonly needsUpload: boolean;
      readonly elapsedMs: number;
      /** Milliseconds since 1970. */
      readonly finishedWallMs: number;
      /** True: a whole run from the beginning, so its length says what the next will take. */
      readonly whole: boolean;
    }
  | {
      readonly type: "run_failed";
      readonly slotId: number;
      readonly resultId: string;
      readonly code: string;
      readonly blame: "kernel" | "device" | "checkpoint";
      readonly message: string;
      readonly wallMs: number;
    }
  | {
      readonly type: "run_stopped";
      readonly slotId: number;
      readonly resultId: string;
      readonly checkpoint: CheckpointFacts | null;
    }
  | { readonly type: "uploaded"; readonly resultId: string }
  | { readonly type: "upload_failed"; readonly resultId: string; readonly permanent: boolean; readonly message: string }
  | {
      readonly type: "exchange_answered";
      readonly response: ExchangeResponse;
      readonly roundTripMs: number;
      readonly wallMs: number;
    }
  | { readonly type: "exchange_failed"; readonly failure: ExchangeFailure }
  | { readonly type: "tick" };

export type Command =
  /** Wait for the right to compute in this browser, load what is stored, then send `started`. */
  | { readonly type: "begin" }
  | { readonly type: "check_device" }
  | { readonly type: "open_slot"; readonly slotId: number; readonly backend: BackendKind }
  /** Terminate the compute worker, whatever it does. */
  | { readonly type: "close_slot"; readonly slotId: number }
  | { readonly type: "set_pace"; readonly slotId: number; readonly targetStepMs: number; readonly dutyCycle: number }
  | { readonly type: "prepare"; readonly resultId: string; readonly lease: LeaseFacts }
  | { readonly type: "run"; readonly slotId: number; readonly resultId: string; readonly backend: BackendKind }
  | { readonly type: "stop_run"; readonly slotId: number; readonly resultId: string; readonly checkpoint: boolean }
  /** Forget input, files and checkpoint of a result. */
  | { readonly type: "drop_task"; readonly resultId: string }
  | { readonly type: "drop_checkpoint"; readonly resultId: string }
  | { readonly type: "store_report"; readonly report: Report; readonly needsUpload: boolean }
  | { readonly type: "drop_report"; readonly resultId: string }
  | { readonly type: "store_record"; readonly entry: RecordEntry; readonly totals: Totals }
  | { readonly type: "upload"; readonly resultId: string; readonly sha256: string }
  | { readonly type: "exchange"; readonly request: ExchangeRequest }
  | {
      readonly type: "park";
      readonly leases: readonly { readonly resultId: string; readonly leaseToken: string }[];
    }
  /** Everything ended: release the right to compute, tell who waits. */
  | { readonly type: "end" };

export interface Transition {
  readonly state: State;
  readonly commands: readonly Command[];
  /** When a `tick` is wanted at the latest; null: only events matter. */
  readonly wakeAtMs: number | null;
}
