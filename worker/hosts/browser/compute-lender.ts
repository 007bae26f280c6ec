import { startComputeWorker } from "./spawn-compute.ts";
import type { PageListener } from "./supervisor-api.ts";
import { failureOf } from "./worker-failure.ts";

/**
 * The page starts and ends the compute workers that its supervisor asks for; what the two say to each other goes past it.
 * A worker must not start workers itself: while anything watches Firefox's workers (its developer tools, whatever drives
 * it by WebDriver BiDi), the thread that starts one waits until the watcher was told, unless it is the page's. The new
 * worker's thread waits on the same condition variable, and only one of the two is woken: if it is the wrong one, the
 * supervisor stands still for ever inside `new Worker`, and ending it does not even let go of its lock. Seen in one start
 * of ten on a busy machine with Firefox 153.
 */
export interface ComputeLender extends Pick<PageListener, "startCompute" | "endCompute"> {
  /** The supervisor has gone: nothing that it asked for, or still asks for, lives on. */
  close(): void;
}

interface Lent {
  readonly worker: Worker;
  readonly forget: () => void;
}

export function createComputeLender(): ComputeLender {
  // Held here, too, because an idle worker that nobody holds may be collected.
  const lent = new Map<number, Lent>();
  let isClosed = false;

  function endCompute(id: number): void {
    const ended = lent.get(id);
    lent.delete(id);
    ended?.worker.terminate();
    ended?.forget();
  }

  return {
    startCompute(id, port) {
      if (isClosed) return Promise.resolve(null);
      const worker = startComputeWorker();
      worker.postMessage(null, [port]);
      return new Promise((resolve) => {
        lent.set(id, { worker, forget: () => resolve(null) });
        void failureOf(worker, "a compute worker").then(({ message }) => resolve(message));
      });
    },
    endCompute,
    close() {
      isClosed = true;
      for (const id of [...lent.keys()]) endCompute(id);
    },
  };
}
