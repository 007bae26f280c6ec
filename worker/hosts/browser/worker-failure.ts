import { KernelError } from "../../compute/kernel-error.ts";

/** Settles when a worker has failed as a whole: its script could not be loaded, threw, or a message could not be read. */
export function failureOf(worker: Worker, name: string): Promise<Error> {
  return new Promise((resolve) => {
    worker.addEventListener("error", (event) => {
      const what = event.message === "" ? "its script could not be loaded" : event.message;
      resolve(new KernelError("worker_failed", `${name} failed: ${what}`));
    });
    worker.addEventListener("messageerror", () => {
      resolve(new KernelError("worker_failed", `a message of ${name} could not be read`));
    });
  });
}
