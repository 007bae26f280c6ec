import { Worker } from "node:worker_threads";
import type { JudgeRequest, JudgeVerdict } from "../../compute/judge.ts";

export type { JudgeRequest, JudgeVerdict } from "../../compute/judge.ts";

/** A module that looks at two outputs of 16 MiB needs far less; what takes longer is no check but a computation. */
export const JUDGE_TIMEOUT_MS = 10_000;

/** The thread's own JavaScript is a few small modules; WASM memory is bounded by the module's declared maximum. */
const THREAD_HEAP_MB = 64;

/**
 * Runs a project's `verify` or `compare` module, each time in a fresh thread: no answer depends on an
 * earlier one. `no` when it says no, traps, gives an error code, needs more memory than it declared or does not answer
 * in time; `error` when it could not be asked (the module breaks the ABI, or the thread did not work), which says nothing
 * about the bytes. Never rejects.
 */
export function runModule(request: JudgeRequest, timeoutMs: number = JUDGE_TIMEOUT_MS): Promise<JudgeVerdict> {
  const { role } = request;
  return new Promise((resolve) => {
    const thread = new Worker(new URL("./judge-thread.ts", import.meta.url), {
      workerData: request,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
    // A thread that has answered ends by itself, as nothing is left for it to do.
    const settle = (verdict: JudgeVerdict): void => {
      clearTimeout(timer);
      resolve(verdict);
    };
    let timer: NodeJS.Timeout | undefined;
    // That a busy machine starts threads slowly is nothing the module could answer for.
    thread.once("online", () => {
      timer = setTimeout(() => {
        void thread.terminate();
        settle({ kind: "no", reason: { code: "no_answer", role, seconds: timeoutMs / 1000 } });
      }, timeoutMs);
    });
    thread.once("message", settle);
    thread.once("error", (cause: Error & { code?: string }) => {
      const tooBig = cause.code === "ERR_WORKER_OUT_OF_MEMORY";
      settle({ kind: tooBig ? "no" : "error", reason: { code: "not_run", role, said: cause.message } });
    });
    thread.once("exit", (exit) => settle({ kind: "error", reason: { code: "thread_ended", role, exit } }));
  });
}
