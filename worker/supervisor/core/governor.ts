import type { Preset, Reason, VolunteerSettings } from "../view.ts";
import type { Brake } from "./effect.ts";
import { TARGET_STEP_GENTLE_MS, TARGET_STEP_MS } from "./limits.ts";
import type { Conditions } from "./types.ts";

/** How much of this device may be used now, and why not more. Pure arithmetic on settings and conditions. */

export interface Plan {
  /** Not null: nothing computes. */
  readonly paused: Reason | null;
  readonly cpuWorkers: number;
  /** 0..1 */
  readonly cpuShare: number;
  /** 0: the GPU is not used. */
  readonly gpuShare: number;
  readonly targetStepMs: number;
  /** Not null: runs, but slower than it could. */
  readonly slower: Reason | null;
}

export interface Shares {
  readonly cpuWorkers: number;
  readonly cpuShare: number;
  readonly gpuShare: number;
  readonly targetStepMs: number;
}

/** What a preset means on a device with `cores` cores. */
export function sharesOf(settings: VolunteerSettings, cores: number): Shares {
  const gpu = (share: number): number => (settings.useGpu ? share : 0);
  switch (settings.preset) {
    case "gentle":
      return {
        cpuWorkers: Math.max(1, Math.floor(cores / 4)),
        cpuShare: 0.5,
        gpuShare: gpu(0.3),
        targetStepMs: TARGET_STEP_GENTLE_MS,
      };
    case "balanced":
      // One core is left to the person at the keyboard.
      return {
        cpuWorkers: Math.max(1, Math.min(cores - 1, Math.ceil(cores / 2))),
        cpuShare: 0.8,
        gpuShare: gpu(0.6),
        targetStepMs: TARGET_STEP_MS,
      };
    case "all":
      return { cpuWorkers: Math.max(1, cores), cpuShare: 1, gpuShare: gpu(1), targetStepMs: TARGET_STEP_MS };
    case "custom":
      return {
        cpuWorkers: clamp(Math.round(settings.cpuWorkers), 0, cores),
        cpuShare: clamp(settings.cpuShare, 0.05, 1),
        gpuShare: gpu(clamp(settings.gpuShare, 0, 1)),
        targetStepMs: TARGET_STEP_MS,
      };
  }
}

/** All that decides how hard this device works. */
export interface PlanFacts {
  readonly settings: VolunteerSettings;
  readonly conditions: Conditions;
  readonly cores: number;
  readonly brake: Brake;
}

export function plan({ settings, conditions, cores, brake: held }: PlanFacts): Plan {
  const shares = sharesOf(settings, cores);
  const { brake } = held;
  const paused = pauseReason(settings, conditions);
  if (paused !== null) return { ...shares, paused, slower: null };
  return {
    ...shares,
    cpuShare: shares.cpuShare * brake,
    gpuShare: shares.gpuShare * brake,
    paused: null,
    slower: slowerReason(settings.preset, held, shares),
  };
}

function pauseReason(settings: VolunteerSettings, conditions: Conditions): Reason | null {
  if (conditions.hidden && settings.whenHidden === "pause") return reason("paused_hidden");
  const battery = conditions.battery;
  if (battery !== null) {
    if (!battery.charging && settings.onBattery === "pause") return reason("paused_on_battery");
    if (battery.level < settings.minimumCharge) {
      return reason("paused_low_charge", {
        percent: Math.round(battery.level * 100),
        minimumPercent: Math.round(settings.minimumCharge * 100),
      });
    }
  }
  if (settings.quietHours !== null && isQuiet(settings.quietHours, conditions.minuteOfDay)) {
    return reason("paused_quiet_hours", { until: timeOfDay(settings.quietHours.toMinute) });
  }
  return null;
}

/** Why no new work may be fetched although what is here may be computed; null when it may. */
export function downloadsHeld(settings: VolunteerSettings, conditions: Conditions): Reason | null {
  if (conditions.saveData && settings.downloadMegabytesPerDay === null) return reason("paused_save_data");
  const limit = settings.downloadMegabytesPerDay;
  if (limit !== null && (conditions.downloadsSpent || downloadBytesLeft(settings, conditions) <= 0)) {
    return reason("paused_daily_download", { megabytes: limit });
  }
  return null;
}

/** Bytes that may still be downloaded today; Infinity without a limit, 0 while the browser asks to save data. */
export function downloadBytesLeft(
  settings: Pick<VolunteerSettings, "downloadMegabytesPerDay">,
  conditions: Pick<Conditions, "saveData" | "downloadedBytesToday">,
): number {
  const limit = settings.downloadMegabytesPerDay;
  if (limit === null) return conditions.saveData ? 0 : Number.POSITIVE_INFINITY;
  return Math.max(0, limit * 1e6 - conditions.downloadedBytesToday);
}

/** Half-open, and over midnight when it ends before it begins. Equal ends: never quiet. */
export function isQuiet(hours: { fromMinute: number; toMinute: number }, minute: number): boolean {
  if (hours.fromMinute <= hours.toMinute) return minute >= hours.fromMinute && minute < hours.toMinute;
  return minute >= hours.fromMinute || minute < hours.toMinute;
}

/** Beyond this a busy device is simply very busy. */
const MOST_TIMES = 10;

function slowerReason(preset: Preset, { brake, cause }: Brake, shares: Shares): Reason | null {
  if (brake < 1 && cause !== null) {
    if (cause.kind === "page_lag") return reason("slower_page_lag", { milliseconds: cause.milliseconds });
    return reason("slower_busy_device", { times: Math.min(MOST_TIMES, Math.round(cause.ratio * 10) / 10) });
  }
  const slowed = shares.cpuShare < 1 || (shares.gpuShare > 0 && shares.gpuShare < 1);
  return slowed ? reason("slower_preset", { preset }) : null;
}

export function reason(key: Reason["key"], values: Reason["values"] = {}): Reason {
  return { key, values };
}

function timeOfDay(minute: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
