import { EXCHANGE_MAX_REPORTS } from "../../../server/core/limits.ts";
import { PROTOCOL_VERSION } from "../../../server/core/wire/constants.ts";
import type { VolunteerSettings } from "../view.ts";
import { NO_TOTALS } from "./draft.ts";
import type { Conditions, State } from "./types.ts";

export const DEFAULT_SETTINGS: VolunteerSettings = {
  preset: "balanced",
  cpuWorkers: 2,
  cpuShare: 0.8,
  gpuShare: 0.6,
  useGpu: true,
  whenHidden: "continue",
  onBattery: "pause",
  minimumCharge: 0.2,
  quietHours: null,
  downloadMegabytesPerDay: null,
  storageMegabytes: 1000,
  shares: null,
  name: "",
};

export const UNKNOWN_CONDITIONS: Conditions = {
  online: true,
  hidden: false,
  watched: false,
  battery: null,
  saveData: false,
  minuteOfDay: 0,
  wallOffsetMs: 0,
  downloadedBytesToday: 0,
  downloadsSpent: false,
  pageLagMs: null,
  effectRatio: null,
};

export interface Beginning {
  readonly clientVersion: string;
  readonly cores: number;
  readonly memoryBytes: number | null;
  readonly settings: VolunteerSettings;
  readonly conditions: Conditions;
  readonly once: boolean;
}

/** A client that does nothing yet. */
export function initialState(beginning: Beginning): State {
  return {
    ...beginning,
    mode: "off",
    failure: null,
    storageTrouble: null,
    protocol: PROTOCOL_VERSION,
    backends: [],
    deviceCheck: "idle",
    deviceLosses: 0,
    brake: { brake: 1, changedAtMs: 0, cause: null },
    tasks: new Map(),
    reports: new Map(),
    slots: new Map(),
    nextSlotId: 1,
    exchange: { at: "idle" },
    exchangedAtMs: null,
    callAgainAtMs: 0,
    wantHeldUntilMs: 0,
    failedExchanges: 0,
    backoffUntilMs: 0,
    trouble: null,
    reportLimit: EXCHANGE_MAX_REPORTS,
    noWork: null,
    askedOnce: false,
    roundTripMs: null,
    durationsMs: new Map(),
    stopTo: "off",
    stoppingSinceMs: 0,
    usersOnline: null,
    serverVersion: null,
    history: new Map(),
    totals: NO_TOTALS,
  };
}
