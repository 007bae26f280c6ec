import type { BackgroundTask } from "../background.ts";
import { nowSeconds } from "../clock.ts";
import { depsOf } from "../deps.ts";
import type { Services } from "../services.ts";
import { noteUnavailable } from "../status/full-disk.ts";
import { CHORES, type Chore } from "./sweep.ts";

/** After a failure (the database is away) a chore waits this long, so that the log is not flooded. */
const AFTER_FAILURE_SECONDS = 10;

/** Each chore at its own pace, one after the other's end, until the process stops. */
export const sweeperTask: BackgroundTask = {
  name: "sweeper",
  start(services) {
    const stopping = new AbortController();
    const running = CHORES.map((chore) => repeat(services, chore, stopping.signal));
    return async () => {
      stopping.abort();
      await Promise.all(running);
    };
  },
};

async function repeat(services: Services, chore: Chore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let pauseSeconds = chore.everySeconds;
    try {
      await chore.run(await depsOf(services), nowSeconds());
    } catch (error) {
      noteUnavailable(services, error);
      services.log.error({ err: error, chore: chore.name }, "a chore failed, it will be done again");
      pauseSeconds = Math.max(pauseSeconds, AFTER_FAILURE_SECONDS);
    }
    await pause(pauseSeconds * 1000, signal);
  }
}

/** Resolves after the time, or at once when the process stops. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
