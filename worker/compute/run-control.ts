import type { Pace } from "../protocol.ts";
import { DEFAULT_PACE, sanePace } from "./pace.ts";
import type { ComputeServices } from "./runtimes/runtime.ts";

/** What the outside may change while a workunit runs. The run looks at it between two steps. */
export interface RunControl {
  readonly pace: Pace;
  readonly stopping: { readonly checkpoint: boolean } | null;
  setPace(pace: Pace): void;
  requestCheckpoint(): void;
  stop(options: { readonly checkpoint: boolean }): void;
  /** True once per request. */
  takeCheckpointRequest(): boolean;
  /** Sleeps; any of the calls above ends it early. */
  sleep(milliseconds: number): Promise<void>;
}

/** Longest single timer that every host takes. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

export function createRunControl(services: ComputeServices, pace: Pace = DEFAULT_PACE): RunControl {
  let now = sanePace(pace);
  let stopping: { readonly checkpoint: boolean } | null = null;
  let wanted = false;
  let alarm: AbortController | null = null;

  return {
    get pace() {
      return now;
    },
    get stopping() {
      return stopping;
    },
    setPace(changed) {
      now = sanePace(changed);
      alarm?.abort();
    },
    requestCheckpoint() {
      wanted = true;
      alarm?.abort();
    },
    stop(options) {
      stopping = options;
      alarm?.abort();
    },
    takeCheckpointRequest() {
      const was = wanted;
      wanted = false;
      return was;
    },
    async sleep(milliseconds) {
      if (stopping !== null || wanted) return;
      alarm = new AbortController();
      await services.delay(Math.min(milliseconds, LONGEST_SLEEP_MS), alarm.signal);
      alarm = null;
    },
  };
}
