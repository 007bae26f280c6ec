import { expect, test } from "@playwright/test";
import { nowSeconds } from "../../server/clock.ts";
import { type OwnChromium, openOwnChromium } from "../support/own-chromium.ts";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";

/** A tab that really is hidden: the browser slows its timers, and its work goes on. */
let site: Site;
let chromium: OwnChromium | undefined;
test.beforeAll(async () => {
  site = await openSite();
  const app = await publishExample(site.deps, "atlas", { parameters: { minQuorum: 1 } });
  await submit(site.deps, app, "steady", steadyTiles(200, 1));
  await site.start();
});
test.afterAll(async () => {
  await chromium?.close();
  await site?.close();
});

test("keeps computing, fetching and reporting while another tab lies over it", async () => {
  test.setTimeout(500_000);
  const own = await openOwnChromium(site.url);
  chromium = own;
  const inTab = <T>(expression: string) => own.evaluate<T>(site.url, expression);
  const isReady = "document.querySelector('[data-testid=start]')?.disabled === false";
  await expect.poll(() => inTab<boolean>(isReady).catch(() => false), { timeout: 60_000 }).toBe(true);
  await inTab(`(() => {
    window.ticks = 0;
    setInterval(() => { window.ticks += 1; }, 20);
    document.querySelector('[data-testid=start]').click();
  })()`);
  await expect.poll(computed, { timeout: 180_000 }).toBeGreaterThan(0);
  expect(await inTab("document.visibilityState")).toBe("visible");

  await own.openTab("about:blank");
  await expect.poll(() => inTab("document.visibilityState"), { timeout: 30_000 }).toBe("hidden");
  const hiddenSince = nowSeconds();
  const before = await inTab<number>("window.ticks");
  await expect.poll(() => computedSince(hiddenSince + 12), { timeout: 240_000 }).toBeGreaterThan(3);
  const seconds = nowSeconds() - hiddenSince;
  const ticks = (await inTab<number>("window.ticks")) - before;
  // The page's own timers, of 20 ms, come about once a second: it is hidden in earnest.
  expect(ticks / seconds).toBeLessThan(5);
  expect(await inTab("document.visibilityState")).toBe("hidden");
  expect(await inTab("document.querySelector('[data-testid=phase]').dataset.phase")).toBe("computing");
});

function computed(): Promise<number> {
  return computedSince(0);
}

/** Results reported since then. */
async function computedSince(seconds: number): Promise<number> {
  const { rows } = await site.pool.query<{ count: number }>(
    "select count(*)::int as count from result where outcome = 'ok' and reported_seconds > $1",
    [seconds],
  );
  return rows[0]?.count ?? 0;
}
