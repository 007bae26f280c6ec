import type { BrowserContext, Page } from "@playwright/test";

/** What a device tells its browser, as tests say it: Playwright's pages are never hidden and have no battery. */

export type Battery = { charging: boolean; level: number };

/** From the next load on, pages of this context have a battery; `setBattery` changes what it tells. */
export async function giveBattery(context: BrowserContext, battery: Battery): Promise<void> {
  await context.addInitScript((first: Battery) => {
    const manager = Object.assign(new EventTarget(), first);
    Object.assign(navigator, { getBattery: () => Promise.resolve(manager) });
    Object.assign(window, {
      setBattery: (next: Battery) => {
        Object.assign(manager, next);
        for (const type of ["chargingchange", "levelchange"]) manager.dispatchEvent(new Event(type));
      },
    });
  }, battery);
}

export function setBattery(page: Page, battery: Battery): Promise<void> {
  return page.evaluate(
    (next) => (window as unknown as { setBattery(battery: Battery): void }).setBattery(next),
    battery,
  );
}

/** The page believes that another tab lies over it, or not any more. */
export function setHidden(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((isHidden) => {
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (isHidden ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** Names of the Web Locks held by pages and workers of this browser. */
export function locksHeld(page: Page): Promise<string[]> {
  return page.evaluate(async () => ((await navigator.locks.query()).held ?? []).map(({ name }) => name ?? ""));
}
