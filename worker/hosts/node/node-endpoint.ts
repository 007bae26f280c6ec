import type { MessagePort, Worker } from "node:worker_threads";
import type { Endpoint } from "comlink";
import adapter from "comlink/dist/esm/node-adapter.mjs";

/** Comlink's adapter for ports and threads of Node. */
export const nodeEndpoint: (port: MessagePort | Worker) => Endpoint = adapter;
