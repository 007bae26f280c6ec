import { messageOf } from "../compute/kernel-error.ts";
import { downloadBytesLeft } from "./core/governor.ts";
import { initialState, UNKNOWN_CONDITIONS } from "./core/initial.ts";
import { type Surroundings, show } from "./core/show.ts";
import { step } from "./core/step.ts";
import type { At, Command, Conditions, Event, State } from "./core/types.ts";
import { openDayTraffic, TRAFFIC_KEY } from "./day-traffic.ts";
import { createEffectProbe } from "./effect-probe.ts";
import { createErrands } from "./errands.ts";
import { openFileCache } from "./file-cache.ts";
import { type HeldLease, heldLeases } from "./held-leases.ts";
import type { Host } from "./host.ts";
import { createKernelLibrary } from "./kernel-library.ts";
import { loadCredential, loadOrCreateCredential, type Restored, restore, restoredTask } from "./memory.ts";
import { createParkings } from "./parkings.ts";
import { createServerClient } from "./server-client.ts";
import { type Change, changesOf } from "./store.ts";
import type { RecordEntry, VolunteerSettings, VolunteerState } from "./view.ts";
import { createWorkbench } from "./workbench.ts";

/** The shell around the state machine: does what it commands, tells it what happened. Decides nothing. */

export interface SupervisorOptions {
  readonly host: Host;
  readonly settings: VolunteerSettings;
  readonly once?: boolean;
  readonly onState?: (state: VolunteerState) => void;
  readonly onLeases?: (leases: readonly HeldLease[]) => void;
  /** For logs: everything that happens, after it was handled. */
  readonly onEvent?: (event: Event, state: State) => void;
}

export interface Supervisor {
  start(): void;
  stop(): void;
  changeSettings(settings: VolunteerSettings): void;
  changeConditions(change: Partial<Conditions>): void;
  beaconSent(returned: readonly string[]): void;
  state(): State;
  show(): VolunteerState;
  /** Resolves when the client that was started has ended. */
  ended(): Promise<void>;
  records(): Promise<RecordEntry[]>;
  token(): Promise<string | null>;
  /** Stops, hands back everything, deletes everything. */
  deleteEverything(): Promise<void>;
}

const LOOK_AROUND_MS = 5_000;
const SHOW_EVERY_MS = 100;
/** Longer than a client takes to stop in order, even when the server does not answer. */
const OTHER_TAB_STOPS_MS = 10_000;

export async function createSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { host } = options;
  const { store } = host;
  const effect = createEffectProbe(host);
  let identity: VolunteerState["identity"] = null;
  const traffic = await openDayTraffic(host);
  let state: State = initialState({
    clientVersion: host.clientVersion,
    cores: host.cores,
    memoryBytes: host.memoryBytes,
    settings: options.settings,
    conditions: { ...UNKNOWN_CONDITIONS, ...traffic.conditions() },
    once: options.once ?? false,
  });

  const server = createServerClient({
    host,
    credential: () => loadOrCreateCredential(host),
    name: () => state.settings.name,
    onSession({ hostId, userId, userName, isNew }) {
      const kind = host.secureContext ? "key" : "secret";
      identity = { kind, hostId, userId, userName, isNew };
      scheduleShow();
    },
    onTraffic: (bytes) => traffic.add(bytes),
    downloadBytesLeft: () => downloadBytesLeft(state.settings, { ...state.conditions, ...traffic.conditions() }),
  });
  const files = await openFileCache({
    store,
    server,
    limitBytes: () => state.settings.storageMegabytes * 1e6,
    wallMs: () => host.wallMs(),
    onTrouble: (message, cause) => host.log("warn", message, { cause: messageOf(cause) }),
  });
  const bench = createWorkbench({
    host,
    files,
    library: createKernelLibrary(files),
    keep,
    dispatch,
    deviceClass: (backend) => state.backends.find((b) => b.kind === backend)?.class,
    onDownloadHeld() {
      traffic.spend();
      changeConditions({});
    },
  });

  const errands = createErrands({ host, server, bench, dispatch, state: () => state, written: () => writing });

  let writing: Promise<void> = Promise.resolve();
  const parkings = createParkings(host, shareLeases);
  let endTurn: (() => void) | null = null;
  let turnWanted: AbortController | null = null;
  let cancelWake = (): void => undefined;
  let cancelLook = (): void => undefined;
  let showScheduled = false;
  let leasesShown = "";
  let waiters: (() => void)[] = [];
  const queue: Event[] = [];
  let handling = false;

  function at(): At {
    return { nowMs: host.nowMs(), random: host.random() };
  }

  /** In order, one after another: a report is stored before the checkpoint it replaces is dropped. */
  function keep(changes: readonly Change[]): void {
    writing = writing
      .then(() => store.write(changes))
      .then(
        () => tellStorage(null),
        (error: unknown) => {
          host.log("error", "this device could not store something", { error: messageOf(error) });
          tellStorage(messageOf(error));
        },
      );
  }

  function tellStorage(message: string | null): void {
    if (state.storageTrouble !== message) dispatch({ type: "storage_trouble", message });
  }

  function dispatch(event: Event): void {
    queue.push(event);
    if (handling) return;
    handling = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) handle(next);
    } finally {
      handling = false;
    }
  }

  function handle(event: Event): void {
    const transition = step(state, event, at());
    state = transition.state;
    for (const command of transition.commands) obey(command);
    wakeAt(transition.wakeAtMs);
    shareLeases();
    scheduleShow();
    options.onEvent?.(event, state);
  }

  function wakeAt(atMs: number | null): void {
    cancelWake();
    if (atMs === null) return;
    // Timers of some browsers fire a fraction early; a tick that comes too early would spin.
    cancelWake = host.timer(Math.max(1, Math.ceil(atMs - host.nowMs())), () => dispatch({ type: "tick" }));
  }

  function obey(command: Command): void {
    switch (command.type) {
      case "begin":
        void begin();
        return;
      case "check_device":
        void errands.checkDevice();
        return;
      case "open_slot":
        bench.openSlot(command.slotId);
        return;
      case "close_slot":
        bench.closeSlot(command.slotId);
        return;
      case "set_pace":
        bench.setPace(command);
        return;
      case "prepare":
        void bench.prepare(command.resultId, command.lease);
        return;
      case "run":
        void bench.run(command);
        return;
      case "stop_run":
        bench.stopRun(command.slotId, command.resultId, command.checkpoint);
        return;
      case "drop_task":
        bench.dropTask(command.resultId);
        return;
      case "drop_checkpoint":
        bench.dropCheckpoint(command.resultId);
        return;
      case "store_report":
      case "drop_report":
      case "store_record":
        keep(changesOf(command));
        return;
      case "upload":
        void errands.upload(command.resultId, command.sha256);
        return;
      case "exchange":
        void errands.exchange(command.request);
        return;
      case "park":
        parkings.add(command.leases, errands.park({ park: [...command.leases] }));
        return;
      case "end":
        end();
        return;
      default:
        command satisfies never;
    }
  }

  async function begin(): Promise<void> {
    const wanted = new AbortController();
    turnWanted = wanted;
    if (host.storageFailure !== null) {
      dispatch({ type: "storage_unavailable", message: host.storageFailure });
      return;
    }
    let giveBack: () => void;
    try {
      giveBack = await host.acquireTurn(wanted.signal, () => {
        if (!wanted.signal.aborted) dispatch({ type: "turn_lost" });
      });
    } catch (error) {
      if (wanted.signal.aborted) return;
      // Locks and notes live in the browser's storage.
      host.log("error", "the right to compute could not be asked for", { error: messageOf(error) });
      dispatch({ type: "storage_unavailable", message: messageOf(error) });
      return;
    }
    if (wanted.signal.aborted) {
      giveBack();
      return;
    }
    endTurn = giveBack;
    // The first exchange needs a session; by then the device is checked, and this is done too. What fails here fails again there.
    server.token().catch((error: unknown) => host.log("debug", "no session yet", { error: messageOf(error) }));
    const restored = await restoreOrNothing();
    if (wanted.signal.aborted) return;
    bench.takeStored(restored.tasks);
    effect.calibrate();
    const { reports, history, totals, durationsMs } = restored;
    dispatch({ type: "started", tasks: restored.tasks.map(restoredTask), reports, history, totals, durationsMs });
    lookAround();
  }

  async function restoreOrNothing(): Promise<Restored> {
    try {
      await traffic.load();
      return await restore(store);
    } catch (error) {
      host.log("error", "what was stored here cannot be read; beginning anew", { error: messageOf(error) });
      const totals = { creditMicro: "0", confirmed: 0, notConfirmed: 0 };
      return { tasks: [], reports: [], history: [], totals, durationsMs: new Map() };
    }
  }

  function end(): void {
    turnWanted?.abort();
    cancelLook();
    bench.clear();
    // A tab that only waited for its turn knows less than the one that computes.
    if (endTurn !== null) saveFacts();
    const finish = endTurn;
    endTurn = null;
    // Others may compute only when everything of ours is stored. Who waits for us may end us, and a call under way with us.
    void writing
      .then(() => {
        finish?.();
        return parkings.answered();
      })
      .then(() => {
        const ready = waiters;
        waiters = [];
        for (const resolve of ready) resolve();
      });
  }

  function saveFacts(): void {
    keep([
      { put: "facts", key: "durations", value: [...state.durationsMs] },
      { put: "facts", key: TRAFFIC_KEY, value: traffic.today() },
    ]);
  }

  /** What changes without an event: the time of day, the day's traffic, and what we do to this device. */
  function lookAround(): void {
    cancelLook();
    if (isResting(state)) return;
    changeConditions({ effectRatio: effect.measure() });
    saveFacts();
    cancelLook = host.timer(LOOK_AROUND_MS, lookAround);
  }

  function changeConditions(change: Partial<Conditions>): void {
    const conditions = { ...state.conditions, ...traffic.conditions(), ...change };
    dispatch({ type: "conditions_changed", conditions });
  }

  function surroundings(): Surroundings {
    return {
      wallOffsetMs: host.wallMs() - host.nowMs(),
      secureContext: host.secureContext,
      keepsAwakeWhenHidden: host.turnKeepsAwake && endTurn !== null,
      identity,
      storage: { usedBytes: files.usedBytes(), limitBytes: state.settings.storageMegabytes * 1e6 },
      uploadedBytesToday: traffic.today().up,
    };
  }

  function showNow(): VolunteerState {
    return show(state, at(), surroundings());
  }

  function scheduleShow(): void {
    if (showScheduled || options.onState === undefined) return;
    showScheduled = true;
    host.timer(SHOW_EVERY_MS, () => {
      showScheduled = false;
      options.onState?.(showNow());
    });
  }

  function shareLeases(): void {
    if (options.onLeases === undefined) return;
    const leases = heldLeases(state, parkings.leases());
    const shown = JSON.stringify(leases);
    if (shown === leasesShown) return;
    leasesShown = shown;
    options.onLeases(leases);
  }

  function ended(): Promise<void> {
    if (isResting(state) && endTurn === null) return writing.then(() => parkings.answered());
    return new Promise((resolve) => {
      waiters.push(resolve);
    });
  }

  return {
    start: () => dispatch({ type: "start_asked" }),
    stop: () => dispatch({ type: "stop_asked" }),
    changeSettings(settings) {
      keep([{ put: "facts", key: "settings", value: settings }]);
      if (settings.downloadMegabytesPerDay !== state.settings.downloadMegabytesPerDay) {
        traffic.unspend();
      }
      dispatch({ type: "settings_changed", settings });
      changeConditions({});
      files.trim().catch((error: unknown) => tellStorage(messageOf(error)));
    },
    changeConditions,
    beaconSent: (returned) => dispatch({ type: "beacon_sent", returned }),
    state: () => state,
    show: showNow,
    ended,
    async records() {
      await writing;
      return (await store.all("records")).sort((a, b) => a.finishedAtMs - b.finishedAtMs);
    },
    async token() {
      return (await loadCredential(store)) === null ? null : server.token();
    },
    async deleteEverything() {
      dispatch({ type: "stop_asked" });
      await ended();
      // Another tab that computes stops when it hears of this, and must not write behind our back.
      const done = await host.acquireTurn(AbortSignal.timeout(OTHER_TAB_STOPS_MS), () => undefined).catch(() => null);
      const leases = (await store.all("tasks")).map(({ lease: { resultId, leaseToken } }) => ({
        resultId,
        leaseToken,
      }));
      if (leases.length > 0) {
        await errands.park({ giveBack: leases });
      }
      await store.wipe();
      done?.();
    },
  };
}

function isResting(state: State): boolean {
  return ["off", "resting", "outdated", "failed"].includes(state.mode);
}
