import type { ComputeHandle, ComputeListener, Heartbeat } from "../protocol.ts";
import { KernelError, messageOf } from "./kernel-error.ts";
import type { ComputeServices } from "./runtimes/runtime.ts";

/** A worker of any kind, as far as its end matters. */
export type Mortal = Pick<ComputeHandle, "failure" | "terminate">;

/**
 * The owner's side of a run. A WASM loop cannot be interrupted from inside its thread and a dead worker settles nothing,
 * so every call is raced against silence, the worker's death and the owner's signal. In these three cases the worker is
 * terminated: spawn a new one. Rejects with KernelError hung or worker_failed, or with the signal's reason; otherwise
 * settles as the call did, and the worker may be used again.
 *
 *     const outcome = await watchRun(handle, services, (listener) => handle.api.run(task, listener), { listener, signal });
 */
export async function watchRun<T>(
  handle: Mortal,
  services: Pick<ComputeServices, "delay">,
  start: (listener: ComputeListener) => Promise<T>,
  options: { readonly listener?: Partial<ComputeListener>; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { listener = {}, signal } = options;
  let watching = new AbortController();
  let end: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = (reason) => {
      handle.terminate();
      reject(reason);
    };
  });

  async function watchSilence(beat: Extract<Heartbeat, { type: "busy" }>): Promise<void> {
    const { signal: heard } = watching;
    await services.delay(beat.withinMs, heard);
    if (heard.aborted) return;
    const seconds = Math.round(beat.withinMs / 1000);
    end(new KernelError("hung", `the kernel was silent for ${seconds} s in its ${beat.phase} and was ended`));
  }

  function onHeartbeat(beat: Heartbeat): void {
    watching.abort();
    watching = new AbortController();
    if (beat.type === "busy") void watchSilence(beat);
    listener.onHeartbeat?.(beat);
  }

  const onAbort = (): void => end(signal?.reason);
  const forget = onDeath(handle, (cause) => end(cause));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted === true) onAbort();
    return await Promise.race([
      ended,
      start({
        onHeartbeat,
        onProgress: (progress) => listener.onProgress?.(progress),
        onCheckpoint: (checkpoint) => listener.onCheckpoint?.(checkpoint),
      }),
    ]);
  } finally {
    watching.abort();
    end = () => undefined;
    forget();
    signal?.removeEventListener("abort", onAbort);
  }
}

type DeathListener = (cause: KernelError) => void;

interface Life {
  death: KernelError | null;
  readonly listeners: Set<DeathListener>;
}

const lives = new WeakMap<Mortal, Life>();

/**
 * Calls the listener once when the worker dies by itself, at once when it is dead; returns how to stop listening. (A
 * `then` on `handle.failure` cannot be taken back: one per workunit would pile up for as long as the worker lives.)
 */
export function onDeath(handle: Mortal, listener: DeathListener): () => void {
  const life = lifeOf(handle);
  if (life.death !== null) listener(life.death);
  else life.listeners.add(listener);
  return () => life.listeners.delete(listener);
}

function lifeOf(handle: Mortal): Life {
  const known = lives.get(handle);
  if (known !== undefined) return known;
  const life: Life = { death: null, listeners: new Set() };
  lives.set(handle, life);
  void handle.failure.then((cause) => {
    const message = messageOf(cause);
    const death = cause instanceof KernelError ? cause : new KernelError("worker_failed", message, { cause });
    life.death = death;
    for (const listener of life.listeners) listener(death);
    life.listeners.clear();
  });
  return life;
}
