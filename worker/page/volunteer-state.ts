import type { VolunteerSettings, VolunteerState } from "../supervisor/view.ts";

/** What the pages see of the volunteer client: a state to draw and these calls. Nothing else. */

export type {
  BackendView,
  BackendWhy,
  FateView,
  PaceView,
  Phase,
  Preset,
  Reason,
  ReasonKey,
  RecordEntry,
  VolunteerSettings,
  VolunteerState,
  WorkerView,
} from "../supervisor/view.ts";

/** Raised whenever what the panel promises changes: an older consent does not count any more. */
export const CONSENT_VERSION = 2;

/** The volunteer's yes, given by a click on a panel that showed this version of the text. */
export interface Consent {
  readonly version: typeof CONSENT_VERSION;
}

/** What this browser agreed to and when (ISO 8601), as it is stored. */
export interface GivenConsent {
  readonly version: number;
  readonly givenAt: string;
  readonly withdrawnAt?: string;
}

export interface Volunteer {
  /** The same object until something changes: fit for useSyncExternalStore. */
  getState(): VolunteerState;
  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void;
  /** Begins; before this call nothing is downloaded, computed, stored or opened. Idempotent. */
  start(consent: Consent): void;
  /** Begins again after a reload of the same tab that was computing under the current consent. False: it was not. */
  resume(): boolean;
  /** Stops at once and stays stopped. */
  stop(): void;
  /** The consent of this browser; null before the first. The same object until it changes. */
  getConsent(): GivenConsent | null;
  /** Stops and takes the consent back: nothing begins again without a new one. Identity, credit and settings stay. */
  withdrawConsent(): void;
  /**
   * Reads what this browser stored, so that the state says how much it is. Nothing starts and nothing is sent; without
   * an earlier consent it does nothing.
   */
  lookAtStorage(): void;
  /** Takes effect at once and is kept in this browser; before `start` it is kept in memory only. */
  changeSettings(change: Partial<VolunteerSettings>): void;
  /** The record of what ran on this device, as JSON text for a download. */
  exportRecord(): Promise<string>;
  /** Stops, hands back all work and deletes everything Quorate stored in this browser, the identity included. */
  deleteEverything(): Promise<void>;
  /**
   * Bearer token of this browser's identity, for procedures about "me" (name, credit). Null when this browser has no
   * identity yet: asking never makes one.
   */
  sessionToken(): Promise<string | null>;
  /** Ends the supervisor and all subscriptions; for tests and hot reloading. */
  dispose(): void;
}
