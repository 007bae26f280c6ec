import type { Services } from "./services.ts";
import { sweeperTask } from "./sweeper/sweeper-task.ts";

/** Something that runs beside the requests, from the start of the process to its end. */
export type BackgroundTask = {
  name: string;
  /** Starts it; the function returned stops it and resolves when nothing of it runs any more. */
  start(services: Services): () => Promise<void>;
};

/** Everything that does. A task must be harmless when several processes run it at once. */
export const backgroundTasks: readonly BackgroundTask[] = [sweeperTask];
