import { Worker } from "node:worker_threads";
import type { Recipe } from "../batch/submit-batch.ts";

/** Makes the input of a recipe in a thread of its own: it takes a third of a second, and the server must answer meanwhile. */
export function makeInput(recipe: Recipe): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("./make-input-thread.ts", import.meta.url), { workerData: recipe });
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the thread that makes inputs ended (${code})`)));
  });
}
