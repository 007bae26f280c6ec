import * as Comlink from "comlink";
import { messageOf } from "../../compute/kernel-error.ts";
import { createKey, createSecret } from "../../supervisor/credential.ts";
import type { Host } from "../../supervisor/host.ts";
import { createMemoryStore } from "../../supervisor/store.ts";
import { createSupervisor, type Supervisor } from "../../supervisor/supervisor.ts";
import { CLIENT_VERSION } from "../../supervisor/version.ts";
import { borrowCompute } from "./borrow-compute.ts";
import { openIdbStore } from "./idb-store.ts";
import type { PageListener, SupervisorApi } from "./supervisor-api.ts";
import { acquireTurn, turnsAreLocks } from "./turn.ts";

/**
 * The supervisor in a worker of its own: a hidden page's timers fall to one a minute, a worker's do not, and a page that
 * is busy drawing holds up nobody's work.
 */

const log: Host["log"] = (level, message, facts = {}) => {
  if (level === "debug") return;
  console[level](`quorate: ${message}`, facts);
};

async function openStore(): Promise<Pick<Host, "store" | "storageFailure">> {
  try {
    return { store: await openIdbStore(), storageFailure: null };
  } catch (error) {
    log("warn", "this browser allows no storage", { error: messageOf(error) });
    return { store: createMemoryStore(), storageFailure: messageOf(error) };
  }
}

async function createHost(page: PageListener): Promise<Host> {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
    timer(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    fetch: (path, init) => fetch(path, { ...init, credentials: "same-origin" }),
    ...(await openStore()),
    spawnCompute: () => borrowCompute(page),
    // Not extractable: no script, ours included, can read it and carry it away.
    createCredential: async () =>
      self.isSecureContext ? { kind: "key", ...(await createKey(false)) } : createSecret(),
    acquireTurn,
    cores: Math.max(1, navigator.hardwareConcurrency),
    // A coarse bucket, and only in Chromium.
    memoryBytes: gibibytes((navigator as { deviceMemory?: number }).deviceMemory),
    secureContext: self.isSecureContext,
    turnKeepsAwake: turnsAreLocks(),
    clientVersion: `web-${CLIENT_VERSION}`,
    log,
  };
}

function gibibytes(count: number | undefined): number | null {
  return count === undefined ? null : Math.round(count * 2 ** 30);
}

let opened: Promise<Supervisor> | null = null;

function supervisor(): Promise<Supervisor> {
  return opened ?? Promise.reject(new Error("the supervisor was not opened"));
}

const api: SupervisorApi = {
  async open(settings, conditions, listener) {
    opened ??= createHost(listener).then((host) =>
      createSupervisor({
        host,
        settings,
        onState: (state) => void listener.onState(state),
        onLeases: (leases) => void listener.onLeases(leases),
      }),
    );
    (await supervisor()).changeConditions(conditions);
  },
  async start() {
    (await supervisor()).start();
  },
  async stop() {
    const running = await supervisor();
    running.stop();
    await running.ended();
  },
  changeSettings: async (settings) => (await supervisor()).changeSettings(settings),
  relay: async (conditions) => (await supervisor()).changeConditions(conditions),
  beaconSent: async (returned) => (await supervisor()).beaconSent(returned),
  records: async () => (await supervisor()).records(),
  token: async () => (await supervisor()).token(),
  deleteEverything: async () => (await supervisor()).deleteEverything(),
};

Comlink.expose(api);
