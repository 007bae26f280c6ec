import type { SpawnCompute } from "../protocol.ts";
import type { Store } from "./store.ts";

/** What a browser or Node lends to the supervisor. Everything else is the same in both. */
export interface Host {
  /** Milliseconds of a clock that never jumps. */
  nowMs(): number;
  /** Milliseconds since 1970 by this device's clock, which may be wrong and may jump. */
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls back once after the time; returns the function that prevents it. */
  timer(milliseconds: number, callback: () => void): () => void;
  /** `path` begins with a slash. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  readonly store: Store;
  /** Why nothing can be stored here (then `store` forgets with the page), or null. Without storage nothing is computed. */
  readonly storageFailure: string | null;
  readonly spawnCompute: SpawnCompute;
  /** Makes a new credential of this installation; it is then kept in the store. */
  createCredential(): Promise<Credential>;
  /**
   * Resolves with a function that gives it back once this client is the only one of its browser (or folder) that
   * computes; rejects only when the signal aborts. `onLost`: it was taken away, and somebody else computes now.
   */
  acquireTurn(signal: AbortSignal, onLost: () => void): Promise<() => void>;
  readonly cores: number;
  readonly memoryBytes: number | null;
  readonly secureContext: boolean;
  /** True: where the turn is held, a hidden tab is not frozen. */
  readonly turnKeepsAwake: boolean;
  readonly clientVersion: string;
  log(level: "debug" | "info" | "warn" | "error", message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Who this installation is. A key is not extractable in a browser; without a secure context there is only a secret. */
export type Credential =
  | { readonly kind: "key"; readonly publicKey: string; readonly privateKey: CryptoKey }
  /** Node keeps its key as PKCS #8, base64, in a file of its own. */
  | { readonly kind: "stored_key"; readonly publicKey: string; readonly pkcs8: string }
  | { readonly kind: "secret"; readonly secret: string };
