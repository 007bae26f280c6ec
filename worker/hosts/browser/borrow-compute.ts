import { transfer } from "comlink";
import { KernelError, messageOf } from "../../compute/kernel-error.ts";
import type { ComputeApi, ComputeHandle } from "../../protocol.ts";
import { proxied, wrapped } from "../proxied.ts";
import type { PageListener } from "./supervisor-api.ts";

let lastId = 0;

/** A compute worker that the page starts and ends for this supervisor (compute-lender.ts says why), which talks to it directly. */
export function borrowCompute(page: Pick<PageListener, "startCompute" | "endCompute">): ComputeHandle {
  lastId += 1;
  const id = lastId;
  const { port1, port2 } = new MessageChannel();
  const started = page.startCompute(id, transfer(port2, [port2]));
  const failure = new Promise<Error>((resolve) => {
    const fail = (why: string): void => resolve(new KernelError("worker_failed", why));
    port1.addEventListener("messageerror", () => fail("a message of a compute worker could not be read"));
    started.then(
      (why) => {
        if (why !== null) fail(why);
      },
      (error: unknown) => fail(messageOf(error)),
    );
  });
  return {
    api: proxied(wrapped<ComputeApi>(port1)),
    failure,
    terminate() {
      port1.close();
      void page.endCompute(id);
    },
  };
}
