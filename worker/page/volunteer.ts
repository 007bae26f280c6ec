import * as Comlink from "comlink";
import { type ComputeLender, createComputeLender } from "../hosts/browser/compute-lender.ts";
import type { PageListener, SupervisorApi } from "../hosts/browser/supervisor-api.ts";
import { initialState, UNKNOWN_CONDITIONS } from "../supervisor/core/initial.ts";
import { show } from "../supervisor/core/show.ts";
import { CLIENT_VERSION } from "../supervisor/version.ts";
import type { Phase, VolunteerSettings, VolunteerState } from "../supervisor/view.ts";
import {
  forgetEverything,
  isConsentGood,
  isKnown,
  readConsent,
  readSettings,
  rememberSettings,
  rememberStart,
  rememberStop,
  rememberWithdrawal,
  wasRunning,
  watchConsent,
} from "./page-memory.ts";
import { createParkBeacon } from "./park-beacon.ts";
import { conditionsNow, relayConditions } from "./relays.ts";
import { startSupervisorWorker } from "./start-scripts.ts";
import { CONSENT_VERSION, type Volunteer } from "./volunteer-state.ts";

/** The volunteer client of a page. Until `start` it is a few objects: no worker, no request, nothing stored. */
export function createVolunteer(): Volunteer {
  let settings = readSettings();
  let state = restingState(settings);
  let consent = readConsent();
  let connection: Connection | null = null;
  let isWanted = false;
  const listeners = new Set<() => void>();
  const beacon = createParkBeacon();

  function publish(next: VolunteerState): void {
    state = next;
    for (const listener of [...listeners]) listener();
  }

  function connect(): Connection {
    connection ??= openConnection(settings, {
      onState: publish,
      onLeases: (leases) => beacon.hold(leases),
      onFailure: (message) => publish(withPhase(state, "failed", message)),
    });
    return connection;
  }

  function begin(): void {
    isWanted = true;
    // What failed is tried again from the ground up: another worker, the storage opened anew.
    if (state.phase === "failed") disconnect();
    const { api, relaying } = connect();
    rememberStart(settings);
    consent = readConsent();
    publish({ ...state, phase: "starting", reason: { key: "connecting", values: {} } });
    if (relaying.length === 0) {
      relaying.push(
        relayConditions((change) => void api.relay(change)),
        beacon.watch({
          pausesWhenHidden: () => settings.whenHidden === "pause",
          onSent: (returned) => void api.beaconSent(returned),
        }),
      );
    }
    void api.start();
  }

  async function end(): Promise<void> {
    isWanted = false;
    rememberStop();
    if (connection === null) return;
    beacon.parkNow();
    // The beacon is watched until the server has heard of every lease: a page may be closed right after its Stop.
    await connection.api.stop();
    if (isWanted) return;
    for (const endRelay of connection?.relaying.splice(0) ?? []) endRelay();
  }

  function disconnect(): void {
    for (const endRelay of connection?.relaying.splice(0) ?? []) endRelay();
    connection?.worker.terminate();
    connection?.lender.close();
    connection = null;
    beacon.hold([]);
  }

  function reset(): void {
    disconnect();
    settings = readSettings();
    consent = readConsent();
    publish(restingState(settings));
  }

  /** One consent for the whole browser: what another tab takes back ends this one too. */
  const endWatch = watchConsent(() => {
    consent = readConsent();
    if (isConsentGood(consent)) publish({ ...state });
    else void end().then(() => (consent === null ? reset() : publish({ ...state })));
  });

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start({ version }) {
      if (version !== CONSENT_VERSION) throw new Error("this consent was given to an older text");
      begin();
    },
    resume() {
      if (!wasRunning()) return false;
      begin();
      return true;
    },
    stop: () => void end(),
    getConsent: () => consent,
    withdrawConsent() {
      void end();
      rememberWithdrawal();
      consent = readConsent();
      publish({ ...state });
    },
    lookAtStorage() {
      if (isKnown()) connect();
    },
    changeSettings(change) {
      settings = { ...settings, ...change };
      publish({ ...state, settings });
      // Nothing is stored in the browser of somebody who has only looked at the sliders.
      if (isKnown()) rememberSettings(settings);
      if (connection !== null) void connection.api.changeSettings(settings);
    },
    async exportRecord() {
      const records = isKnown() ? await connect().api.records() : [];
      const { identity } = state;
      return JSON.stringify({ exportedAt: new Date().toISOString(), consent, identity, results: records }, null, 2);
    },
    async deleteEverything() {
      const known = isKnown();
      // First, so that other tabs stop and write nothing any more.
      forgetEverything();
      if (known) await connect().api.deleteEverything();
      reset();
    },
    async sessionToken() {
      return isKnown() ? connect().api.token() : null;
    },
    dispose() {
      endWatch();
      disconnect();
      listeners.clear();
    },
  };
}

interface Connection {
  readonly worker: Worker;
  readonly api: Comlink.Remote<SupervisorApi>;
  readonly lender: ComputeLender;
  /** What ends the relays to it; empty while none runs. */
  readonly relaying: (() => void)[];
}

function openConnection(
  settings: VolunteerSettings,
  listener: Pick<PageListener, "onState" | "onLeases"> & { onFailure(message: string): void },
): Connection {
  const worker = startSupervisorWorker();
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    listener.onFailure(event.message || "the supervisor's script could not be loaded");
  });
  const api = Comlink.wrap<SupervisorApi>(worker);
  const lender = createComputeLender();
  const { onState, onLeases } = listener;
  const { startCompute, endCompute } = lender;
  const heard: PageListener = { onState, onLeases, startCompute, endCompute };
  api.open(settings, conditionsNow(), Comlink.proxy(heard)).catch((error: unknown) => {
    listener.onFailure(error instanceof Error ? error.message : String(error));
  });
  return { worker, api, lender, relaying: [] };
}

function restingState(settings: VolunteerSettings): VolunteerState {
  const cores = Math.max(1, navigator.hardwareConcurrency);
  const conditions = { ...UNKNOWN_CONDITIONS, ...conditionsNow() };
  const state = initialState({
    clientVersion: `web-${CLIENT_VERSION}`,
    cores,
    memoryBytes: null,
    settings,
    conditions,
    once: false,
  });
  return show(
    state,
    { nowMs: 0, random: 0 },
    {
      wallOffsetMs: 0,
      secureContext: window.isSecureContext,
      keepsAwakeWhenHidden: false,
      identity: null,
      storage: { usedBytes: 0, limitBytes: settings.storageMegabytes * 1e6 },
      uploadedBytesToday: 0,
    },
  );
}

function withPhase(state: VolunteerState, phase: Phase, message: string): VolunteerState {
  return { ...state, phase, workers: [], reason: { key: "worker_unavailable", values: { message } } };
}
