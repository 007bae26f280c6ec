import { expect, test } from "@playwright/test";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { pressStart, recordRequests, watchCards } from "../support/volunteer-page.ts";

/** What a person is promised about Start and Stop. */
let site: Site;

test.beforeAll(async () => {
  site = await openSite();
  const app = await publishExample(site.deps, "atlas");
  await submit(site.deps, app, "steady", steadyTiles(20, 20));
  await site.start();
});
test.afterAll(() => site?.close());

/** What is asked of the pages of a site by looking at them: themselves, their parts, their live numbers. */
const LOOKING =
  /^GET \/(_next\/static\/.*|icon\.svg|api\/trpc\/(project|account|credit|team)\..*|(projects|leaderboard|teams|credit|status|docs|workunits|sign-in)?(\/[^/]*)?)$/;

test("nothing is fetched, computed, opened or stored before Start", async ({ page, context }) => {
  const requests = recordRequests(context);
  await page.addInitScript(() => {
    const opened: string[] = [];
    Object.assign(window, { opened });
    const { requestAdapter } = GPU.prototype;
    GPU.prototype.requestAdapter = function (...options) {
      opened.push("a graphics adapter");
      return requestAdapter.apply(this, options);
    };
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...name) {
      opened.push("a database");
      return open.apply(this, name);
    };
  });
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
  // Looking at the sliders is no consent either.
  await page.getByText("Gentle", { exact: true }).click();
  for (const name of ["Projects", "Leaderboard", "My credit", "Status"]) {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
    await page.waitForLoadState("networkidle");
  }
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
  await page.waitForLoadState("networkidle");

  expect(requests.filter((request) => !LOOKING.test(request) && !/trpc\/(leaderboard|status)/.test(request))).toEqual(
    [],
  );
  expect(page.workers()).toEqual([]);
  expect(await page.evaluate(() => (window as unknown as { opened: string[] }).opened)).toEqual([]);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
  expect(await context.cookies()).toEqual([]);
});

test("the first workunit is being computed within two seconds of the click, and Stop stops at once and for good", async ({
  page,
}, info) => {
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
  const cards = await watchCards(page);
  await page.getByTestId("start").evaluate((button) => {
    button.addEventListener("click", () => Object.assign(window, { clickedAt: Date.now() }), { once: true });
  });
  await pressStart(page);
  await expect(page.getByTestId("phase")).toHaveAttribute("data-phase", "computing", { timeout: 30_000 });
  await expect.poll(async () => (await cards()).some((card) => card.steps > 0), { timeout: 30_000 }).toBe(true);
  const clickedAt = await page.evaluate(() => (window as unknown as { clickedAt: number }).clickedAt);
  const began = Math.min(...(await cards()).map((card) => card.startedAtMs)) - clickedAt;
  console.log(`from the click to the start of the first workunit: ${began} ms (aim: 2000 on an idle machine)`);
  info.annotations.push({ type: "click to first workunit", description: `${began} ms` });
  expect(began).toBeGreaterThan(0);
  // The aim is for a machine that does nothing else; this one also runs the server, the database and the test.
  expect(began).toBeLessThan(8_000);

  // Each card says what it computes, for whom, on what and why, and how far it is.
  const card = page.getByTestId("worker").filter({ hasText: "steady" }).first();
  await expect(card).toContainText("Mandelbrot atlas");
  await expect(card.getByRole("progressbar")).toBeVisible();
  await expect(card).toContainText(/On the (graphics card|processor)/);
  // Alone: the page says that somebody else is needed, and how to get one.
  await expect(page.getByTestId("alone")).toContainText("npm run volunteer");

  await page.getByTestId("stop").click();
  await expect(page.getByTestId("start")).toBeVisible({ timeout: 5_000 });
  await expect(page.getByTestId("worker")).toHaveCount(0);
  // Only the supervisor may be left; what computes is gone.
  await expect.poll(() => page.workers().length, { timeout: 5_000 }).toBeLessThanOrEqual(1);
  await expect.poll(async () => (await held()).filter((result) => !result.parked)).toEqual([]);

  await page.reload();
  await expect(page.getByTestId("start")).toBeEnabled();
  await page.waitForLoadState("networkidle");
  // The supervisor of the page before may be told to have ended a moment after it; none comes instead.
  await expect.poll(() => page.workers().length).toBe(0);
  await expect(page.getByRole("link", { name: /This browser: not computing/ })).toBeVisible();
});

async function held(): Promise<{ parked: boolean }[]> {
  const { rows } = await site.pool.query<{ parked: boolean }>(
    "select parked from result where state = 'in_progress' and lease_end_seconds is not null",
  );
  return rows;
}
