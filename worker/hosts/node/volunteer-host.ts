import { availableParallelism, totalmem } from "node:os";
import { toBase64 } from "../../supervisor/base64.ts";
import { createKey } from "../../supervisor/credential.ts";
import type { Host } from "../../supervisor/host.ts";
import type { Store } from "../../supervisor/store.ts";
import { CLIENT_VERSION } from "../../supervisor/version.ts";
import { spawnCompute } from "./spawn-compute.ts";

/** What Node lends to the supervisor. The folder's lock, not a turn, keeps volunteers apart. */
export function createNodeHost(options: { url: URL; store: Store; log: Host["log"] }): Host {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
    timer(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    fetch: (path, init) =>
      fetch(new URL(path, options.url), init).catch((cause: unknown) => {
        throw new Error(`${options.url.origin} cannot be reached: ${reasonOf(cause)}`, { cause });
      }),
    store: options.store,
    storageFailure: null,
    spawnCompute,
    async createCredential() {
      const { publicKey, privateKey } = await createKey(true);
      const pkcs8 = await crypto.subtle.exportKey("pkcs8", privateKey);
      return { kind: "stored_key", publicKey, pkcs8: toBase64(new Uint8Array(pkcs8)) };
    },
    acquireTurn: async () => () => undefined,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    secureContext: true,
    turnKeepsAwake: false,
    clientVersion: `node-${CLIENT_VERSION}`,
    log: options.log,
  };
}

/** Node says only "fetch failed"; what failed is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? cause.message || String((cause as { code?: string }).code) : error.message;
}
