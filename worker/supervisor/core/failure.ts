import type { BackendKind } from "../../../server/core/wire/exchange.ts";
import { DEVICE_FAILURES_PER_WORKUNIT } from "./limits.ts";
import type { Task } from "./types.ts";

/** What becomes of a workunit after its run failed. */
export type AfterFailure =
  | { readonly type: "retry"; readonly exclude: BackendKind | null; readonly dropCheckpoint: boolean }
  | { readonly type: "report" }
  /** This device cannot compute it and that is nobody's fault: hand it back. */
  | { readonly type: "return" };

export interface Failure {
  readonly code: string;
  readonly blame: "kernel" | "device" | "checkpoint";
  readonly backend: BackendKind;
}

/**
 * `usable`: backends this device can still use at all. A kernel that never ends, or refuses its input, does so
 * everywhere: reported at once. What may be the device's doing is tried again, then on the other backend (the
 * checkpoint goes along), and only then reported.
 */
export function afterFailure(task: Task, failure: Failure, usable: readonly BackendKind[]): AfterFailure {
  if (failure.blame === "checkpoint") {
    return task.checkpoint === null ? { type: "report" } : { type: "retry", exclude: null, dropCheckpoint: true };
  }
  const other = otherBackend(task, failure.backend, usable);
  const tries = task.failures[failure.backend] + 1;
  switch (failure.code) {
    case "hung":
    case "init_failed":
    case "input_invalid":
    case "step_failed":
    case "output_too_large":
      return { type: "report" };
    case "module_invalid":
    case "shader_invalid":
    case "loop_limit":
    case "state_invalid":
    case "output_invalid":
      return other === null ? { type: "report" } : retryOn(failure.backend);
    case "backend_unavailable":
    case "known_answer_wrong":
      return other === null ? { type: "return" } : retryOn(failure.backend);
    case "device_lost":
    case "worker_failed":
      if (tries <= DEVICE_FAILURES_PER_WORKUNIT && usable.includes(failure.backend)) return retrySame();
      return other === null ? { type: "return" } : retryOn(failure.backend);
    default:
      // trapped, out_of_memory and codes of a later version: once more, then elsewhere, then the project hears of it.
      if (tries < DEVICE_FAILURES_PER_WORKUNIT && usable.includes(failure.backend)) return retrySame();
      return other === null ? { type: "report" } : retryOn(failure.backend);
  }
}

function retrySame(): AfterFailure {
  return { type: "retry", exclude: null, dropCheckpoint: false };
}

function retryOn(exclude: BackendKind): AfterFailure {
  return { type: "retry", exclude, dropCheckpoint: false };
}

function otherBackend(task: Task, failed: BackendKind, usable: readonly BackendKind[]): BackendKind | null {
  const candidates = task.backends ?? [];
  return candidates.find((b) => b !== failed && usable.includes(b) && !task.excluded.includes(b)) ?? null;
}
