import { parentPort, workerData } from "node:worker_threads";
import { type JudgeRequest, judge } from "../../compute/judge.ts";

/** One question to a project's verify or compare module, in a thread that run-module.ts can end. */
parentPort?.postMessage(await judge(workerData as JudgeRequest));
