import { DEFAULT_SETTINGS } from "../supervisor/core/initial.ts";
import type { VolunteerSettings } from "../supervisor/view.ts";
import { CONSENT_VERSION } from "./volunteer-state.ts";

/** The little that the page itself keeps: that there was a consent, the settings, and whether this tab was computing. */

const CONSENT_KEY = "quorate.consent";
const SETTINGS_KEY = "quorate.settings";
/** In sessionStorage: it lives as long as the tab and survives its reload. */
const RUNNING_KEY = "quorate.running";

/** What this browser's volunteer agreed to, and when; times are ISO 8601. */
export interface StoredConsent {
  readonly version: number;
  readonly givenAt: string;
  readonly withdrawnAt?: string;
}

/** Storage may be switched off altogether; then nothing is remembered and everything else works. */
function attempt<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch {
    return otherwise;
  }
}

export function rememberStart(settings: VolunteerSettings): void {
  attempt(() => {
    const consent: StoredConsent = { version: CONSENT_VERSION, givenAt: new Date().toISOString() };
    localStorage.setItem(CONSENT_KEY, JSON.stringify(consent));
    sessionStorage.setItem(RUNNING_KEY, String(CONSENT_VERSION));
    rememberSettings(settings);
  }, undefined);
}

export function rememberStop(): void {
  attempt(() => sessionStorage.removeItem(RUNNING_KEY), undefined);
}

/** Calls back when another tab of this browser gave, withdrew or forgot the consent. */
export function watchConsent(changed: () => void): () => void {
  const ended = new AbortController();
  const told = ({ key }: StorageEvent): void => {
    if (key === null || key === CONSENT_KEY) changed();
  };
  window.addEventListener("storage", told, { signal: ended.signal });
  return () => ended.abort();
}

/** The identity and the record stay; nothing begins again without a new consent, in no tab. */
export function rememberWithdrawal(): void {
  attempt(() => {
    sessionStorage.removeItem(RUNNING_KEY);
    const consent = readConsent();
    if (consent === null) return;
    const withdrawn: StoredConsent = { ...consent, withdrawnAt: new Date().toISOString() };
    localStorage.setItem(CONSENT_KEY, JSON.stringify(withdrawn));
  }, undefined);
}

/** A consent to the text as it reads today that was not withdrawn. */
export function isConsentGood(consent: StoredConsent | null): boolean {
  return consent?.version === CONSENT_VERSION && consent.withdrawnAt === undefined;
}

/** This tab was computing, under the consent as it reads today. */
export function wasRunning(): boolean {
  const ran = attempt(() => sessionStorage.getItem(RUNNING_KEY) === String(CONSENT_VERSION), false);
  return ran && isConsentGood(readConsent());
}

/** This browser took part at some time. */
export function isKnown(): boolean {
  return attempt(() => localStorage.getItem(CONSENT_KEY) !== null, false);
}

export function readConsent(): StoredConsent | null {
  return attempt(() => JSON.parse(localStorage.getItem(CONSENT_KEY) ?? "null") as StoredConsent | null, null);
}

export function rememberSettings(settings: VolunteerSettings): void {
  attempt(() => localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings)), undefined);
}

export function readSettings(): VolunteerSettings {
  const stored = attempt(
    () => JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? "{}") as Partial<VolunteerSettings>,
    {},
  );
  return { ...DEFAULT_SETTINGS, ...stored };
}

export function forgetEverything(): void {
  attempt(() => {
    localStorage.removeItem(CONSENT_KEY);
    localStorage.removeItem(SETTINGS_KEY);
    sessionStorage.removeItem(RUNNING_KEY);
  }, undefined);
}
