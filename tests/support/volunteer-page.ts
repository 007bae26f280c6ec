import { createHash } from "node:crypto";
import { type Browser, type BrowserContext, chromium, expect, type Page } from "@playwright/test";
import type { ExchangeRequest, Report } from "../../server/core/wire/exchange.ts";
import { findBrowser } from "./find-browser.ts";
import type { Site } from "./site.ts";

/** People at their browsers, as tests play them: each a browser context of its own, with its own identity. */
export type Person = { readonly context: BrowserContext; readonly page: Page };

/** Chromium without a graphics adapter, beside the one of the test's own project. The caller closes it. */
export function launchWithoutGpu(): Promise<Browser> {
  const executablePath = findBrowser();
  // Named even when empty: the project's own arguments would be taken otherwise.
  return chromium.launch({ args: [], ...(executablePath === undefined ? {} : { executablePath }) });
}

export async function openPerson(browser: Browser, site: Pick<Site, "url">): Promise<Person> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await visit(page, site);
  return { context, page };
}

/** Opens the start page and waits until Start can be pressed. */
export async function visit(page: Page, site: Pick<Site, "url">): Promise<void> {
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
}

/** Presses Start and waits until the page says that it was heard. */
export async function pressStart(page: Page): Promise<void> {
  await page.getByTestId("start").click();
  await expect(page.getByTestId("phase")).toBeVisible();
}

/** What the page's list of fates shows, newest first. */
export function fatesShown(page: Page): Promise<string[]> {
  return page
    .getByTestId("fates")
    .locator("li")
    .evaluateAll((items) => items.map((item) => item.getAttribute("data-fate") ?? ""));
}

/** Every card of a compute worker with work that the page showed since this was called, as soon as it showed it. */
export async function watchCards(page: Page): Promise<() => Promise<ShownCard[]>> {
  await page.evaluate(() => {
    const seen = new Map<string, ShownCard>();
    const look = () => {
      for (const card of document.querySelectorAll<HTMLElement>("[data-testid=worker][data-result]")) {
        const { result = "", backend = "", startedAt, resumedFrom, steps, progress } = card.dataset;
        const key = `${result} ${backend} ${startedAt}`;
        const first = seen.get(key);
        seen.set(key, {
          result,
          backend,
          startedAtMs: Number(startedAt),
          resumedFrom: Number(resumedFrom),
          firstProgress: first?.firstProgress ?? Number(progress),
          steps: Number(steps),
        });
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
    Object.assign(window, { shownCards: () => [...seen.values()] });
  });
  return () => page.evaluate(() => (window as unknown as { shownCards(): ShownCard[] }).shownCards());
}

export type ShownCard = {
  result: string;
  backend: string;
  startedAtMs: number;
  resumedFrom: number;
  /** Progress when the card was first seen. */
  firstProgress: number;
  steps: number;
};

/** Longest time, in milliseconds, that the page's own thread was not free since this was called. */
export async function watchLag(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    let [last, worst] = [performance.now(), 0];
    setInterval(() => {
      worst = Math.max(worst, performance.now() - last);
      last = performance.now();
    }, 50);
    Object.assign(window, { worstLag: () => worst });
  });
  return () => page.evaluate(() => (window as unknown as { worstLag(): number }).worstLag());
}

/** Every request that a context makes from now on, as `METHOD path`. */
export function recordRequests(context: BrowserContext): string[] {
  const made: string[] = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http")) made.push(`${request.method()} ${url.pathname}`);
  });
  return made;
}

/** Changes what a browser reports on its way to the server: a liar, or a client that is broken. */
export async function alterReports(context: BrowserContext, alter: (report: Report) => Report): Promise<void> {
  await context.route("**/api/trpc/volunteer.exchange*", async (route) => {
    const said = route.request().postDataJSON() as ExchangeRequest;
    const reports = (said.reports as Report[] | undefined)?.map(alter) ?? [];
    await route.continue({ postData: JSON.stringify({ ...said, reports }) });
  });
}

/**
 * Calls `act` when a browser has finished its first work and is about to say so; what it was about to say fails, and the
 * server hears none of it. What `act` switches off is off for everything that follows.
 */
export async function atFirstReport(context: BrowserContext, act: () => Promise<void>): Promise<void> {
  let acted: Promise<void> | undefined;
  await context.route("**/api/trpc/volunteer.exchange*", async (route) => {
    const said = route.request().postDataJSON() as ExchangeRequest;
    if (acted !== undefined || (said.reports?.length ?? 0) === 0) return route.continue();
    acted = act();
    await acted;
    await route.abort("connectionfailed");
  });
}

/** A well-formed lie: the same wrong bytes from everybody who tells it, under their right SHA-256. */
export function lie(report: Report): Report {
  if (report.kind !== "output" || report.outputBase64 === undefined) return report;
  const bytes = Buffer.from(report.outputBase64, "base64");
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((bytes.readUInt32LE(at) + 1) >>> 0, at);
  const outputSha256 = createHash("sha256").update(bytes).digest("hex");
  return { ...report, outputBase64: bytes.toString("base64"), outputSha256 };
}
