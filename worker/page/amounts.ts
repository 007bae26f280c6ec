import { sharesOf } from "../supervisor/core/governor.ts";
import type { VolunteerSettings } from "../supervisor/view.ts";

/** What settings mean on a device with so many cores, in numbers for its owner. */
export interface Amounts {
  readonly cpuWorkers: number;
  /** Share of the time that each of them computes, 0..1. */
  readonly cpuShare: number;
  /** Share of the time that the graphics card computes, where there is one; 0: never. */
  readonly gpuShare: number;
}

export function amountsOf(settings: VolunteerSettings, cores: number): Amounts {
  const { cpuWorkers, cpuShare, gpuShare } = sharesOf(settings, cores);
  return { cpuWorkers, cpuShare, gpuShare };
}

/** The same amounts as settings of one's own, to be changed from there. */
export function ownSettings(settings: VolunteerSettings, cores: number): Partial<VolunteerSettings> {
  if (settings.preset === "custom") return {};
  // The share of a graphics card that is switched off is what the preset would give it.
  return { preset: "custom", ...amountsOf({ ...settings, useGpu: true }, cores) };
}
