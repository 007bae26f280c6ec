import { type Browser, type BrowserContext, expect, type Page, test } from "@playwright/test";
import { nowSeconds } from "../../server/clock.ts";
import { readOutput } from "../../server/result/read-output.ts";
import { publishExample, steadyOutput, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import {
  atFirstReport,
  fatesShown,
  launchWithoutGpu,
  openPerson,
  pressStart,
  watchCards,
} from "../support/volunteer-page.ts";

/** Tabs that are closed or killed, networks and servers that go away: what was computed is not lost, and nothing twice. */
let site: Site;
test.beforeEach(async () => {
  site = await openSite();
});
test.afterEach(() => site?.close());

/**
 * Idle-core seconds of the workunit that is interrupted three times. Its checkpoints come every ten seconds of computing: a
 * fast machine, too, must be far from its end then.
 */
const LONG_SECONDS = 24;

test("a tab that is stopped, reloaded, and killed in mid-workunit goes on from its checkpoint each time", async ({
  browser,
}) => {
  // On a machine that does much else the long workunit takes minutes.
  test.setTimeout(400_000);
  const app = await publishExample(site.deps, "atlas", { parameters: { minQuorum: 1 } });
  await submit(site.deps, app, "long", steadyTiles(1, LONG_SECONDS));
  await site.start();
  const { context, page } = await openPerson(browser, site);
  await page.getByText("All I have").click();
  await pressStart(page);
  await expect.poll(() => progressOf(page), { timeout: 60_000 }).toBeGreaterThan(0.05);

  await page.getByTestId("stop").click();
  await expect(page.getByTestId("start")).toBeVisible();
  const stoppedAt = await storedProgress(page);
  expect(stoppedAt).toBeGreaterThan(0.05);
  const [lease] = await leases();
  expect(lease).toMatchObject({ parked: true });

  const cards = await watchCards(page);
  await pressStart(page);
  await expect.poll(async () => (await cards())[0]?.resumedFrom, { timeout: 30_000 }).toBeCloseTo(stoppedAt, 6);
  // By whichever compute worker was ready first.
  const wentOn = page.getByTestId("worker").filter({ hasText: `went on from ${Math.floor(stoppedAt * 100)} %` });
  await expect(wentOn).toHaveCount(1);

  // The next one comes by itself, after ten seconds of computing.
  await expect.poll(() => storedProgress(page), { timeout: 90_000 }).toBeGreaterThan(stoppedAt);
  const checkpoint = await storedProgress(page);
  await page.reload();
  const reloaded = await watchCards(page);
  // Nobody presses anything: this tab was computing under a consent that still holds.
  await expect.poll(async () => (await reloaded()).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const [afterReload] = await reloaded();
  expect(afterReload).toMatchObject({ result: String(lease?.id) });
  expect(afterReload?.resumedFrom).toBeGreaterThanOrEqual(checkpoint);
  expect(afterReload?.firstProgress).toBeGreaterThanOrEqual(checkpoint);
  await crash(context, page);

  const again = await context.newPage();
  await again.goto(site.url);
  await expect(again.getByTestId("start")).toBeEnabled();
  const cardsAgain = await watchCards(again);
  await pressStart(again);
  await expect.poll(async () => (await cardsAgain()).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const [card] = await cardsAgain();
  expect(card).toMatchObject({ result: String(lease?.id) });
  expect(card?.resumedFrom).toBeGreaterThanOrEqual(checkpoint);
  expect(card?.firstProgress).toBeGreaterThanOrEqual(checkpoint);

  const outcomes = () =>
    rows<{ id: number; outcome: string; validation: string }>("select id, outcome, validation from result");
  await expect.poll(outcomes, { timeout: 240_000 }).toEqual([{ id: lease?.id, outcome: "ok", validation: "valid" }]);
  const output = await readOutput(site.deps, lease?.id ?? 0);
  expect(Buffer.compare(Buffer.from(output), steadyOutput(0, LONG_SECONDS))).toBe(0);
  await context.close();
});

test("while the network is gone finished work is kept, and sent when it is back", async ({ browser }) => {
  const app = await publishExample(site.deps, "atlas");
  await submit(site.deps, app, "short", steadyTiles(6, 0.5));
  await site.start();
  const { context, page } = await openPerson(browser, site);
  // Before anything of it was sent, however fast it is computed.
  await atFirstReport(context, () => context.setOffline(true));
  await pressStart(page);
  await expect.poll(() => fatesShown(page), { timeout: 120_000 }).toContain("waiting_to_send");
  const reportedBefore = (await rows("select id from result where reported_seconds is not null")).length;
  await expect(page.getByText(/offline|cannot be reached/).first()).toBeVisible({ timeout: 30_000 });
  await context.setOffline(false);
  await expect
    .poll(async () => (await rows("select id from result where outcome = 'ok'")).length, { timeout: 90_000 })
    .toBe(6);
  expect(reportedBefore).toBe(0);
  await expect.poll(() => fatesShown(page), { timeout: 30_000 }).toEqual(Array<string>(6).fill("being_checked"));
  // Nothing was handed out a second time for it.
  expect(await rows("select id from result where user_id is not null")).toHaveLength(6);
  await context.close();
});

test("of two tabs of one browser one computes, and the other takes over when it goes", async ({ browser }) => {
  const app = await publishExample(site.deps, "atlas");
  await submit(site.deps, app, "steady", steadyTiles(20, 6));
  await site.start();
  const { context, page: first } = await openPerson(browser, site);
  await pressStart(first);
  await expect(first.getByTestId("phase")).toHaveAttribute("data-phase", "computing", { timeout: 60_000 });
  const second = await context.newPage();
  await second.goto(site.url);
  await expect(second.getByTestId("start")).toBeEnabled();
  await pressStart(second);
  await expect(second.getByTestId("phase")).toHaveAttribute("data-phase", "standby");
  await expect(second.getByText("Quorate computes in another tab of this browser already")).toBeVisible();
  await expect(second.getByTestId("worker")).toHaveCount(0);
  await expect(first.getByTestId("phase")).toHaveAttribute("data-phase", "computing");
  await first.close();
  await expect(second.getByTestId("phase")).toHaveAttribute("data-phase", "computing", { timeout: 30_000 });
  // One browser is one host of one user, whichever tab computes.
  expect(await rows("select id from host")).toHaveLength(1);
  // A tab that closes keeps nothing from others: parked, or handed back where there is no checkpoint yet.
  await expect.poll(async () => (await leases()).length, { timeout: 30_000 }).toBeGreaterThan(0);
  await second.close();
  await expect.poll(unparked, { timeout: 15_000 }).toEqual([]);
  await context.close();
});

test("what goes in the moments after its Stop keeps nothing from others: a tab, or a whole browser", async ({
  browser,
}) => {
  const app = await publishExample(site.deps, "atlas");
  await submit(site.deps, app, "steady", steadyTiles(20, 20));
  await site.start();
  for (const milliseconds of [0, 5, 20, 50]) {
    const { context, page } = await stoppedFor(milliseconds, browser);
    await page.close();
    await expect.poll(unparked, { timeout: 15_000 }).toEqual([]);
    await context.close();
  }
  // No event of its page is certain to be fired, and no request begun then to be sent.
  const quit = await launchWithoutGpu();
  await stoppedFor(20, quit);
  await quit.close();
  await expect.poll(unparked, { timeout: 15_000 }).toEqual([]);
  // Each held something.
  expect(await rows("select distinct host_id from result where host_id is not null")).toHaveLength(5);
});

test("a server that is killed and started again under an open page costs nothing", async ({ browser }) => {
  const app = await publishExample(site.deps, "atlas");
  await submit(site.deps, app, "short", steadyTiles(6, 0.5));
  await site.start();
  const { context, page } = await openPerson(browser, site);
  await atFirstReport(context, () => site.server().kill());
  await pressStart(page);
  await expect.poll(() => fatesShown(page), { timeout: 120_000 }).toContain("waiting_to_send");
  await expect(page.getByText("The server cannot be reached").first()).toBeVisible({ timeout: 30_000 });
  await site.start();
  await expect
    .poll(async () => (await rows("select id from result where outcome = 'ok'")).length, { timeout: 90_000 })
    .toBe(6);
  expect(await rows("select id from result where user_id is not null")).toHaveLength(6);
  // The same identity: its session is still good, or it opened another with the same key.
  expect(await rows("select id from app_user")).toHaveLength(1);
  await expect(page.getByText("The server cannot be reached")).toHaveCount(0, { timeout: 30_000 });
  await context.close();
});

async function rows<Row extends object>(sql: string): Promise<Row[]> {
  return (await site.pool.query<Row>(sql)).rows;
}

/** Leases that hold at this moment. */
function leases(): Promise<{ id: number; parked: boolean }[]> {
  return rows(
    `select id, parked from result where state = 'in_progress' and lease_end_seconds > ${nowSeconds()} order by id`,
  );
}

/** What nobody else gets before a lease ends, although nobody computes it. */
async function unparked(): Promise<{ id: number; parked: boolean }[]> {
  return (await leases()).filter(({ parked }) => !parked);
}

/** Somebody who computes and has pressed Stop this long ago. */
async function stoppedFor(milliseconds: number, browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const person = await openPerson(browser, site);
  const cards = await watchCards(person.page);
  await pressStart(person.page);
  await expect.poll(async () => (await cards()).some(({ steps }) => steps > 0), { timeout: 60_000 }).toBe(true);
  await person.page.getByTestId("stop").evaluate((button: HTMLElement, wait) => {
    button.click();
    return new Promise((resolve) => setTimeout(resolve, wait));
  }, milliseconds);
  return person;
}

/** Largest progress shown by the cards of a page; 0 without any. */
function progressOf(page: Page): Promise<number> {
  return page
    .locator("[data-testid=worker][data-progress]")
    .evaluateAll((cards) => Math.max(0, ...cards.map((card) => Number(card.getAttribute("data-progress")))));
}

/** Progress of the checkpoint that this browser stored last; 0 without one. */
function storedProgress(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const ended = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await ended(indexedDB.open("quorate"));
    const tasks: { checkpoint: { progress: number } }[] = await ended(
      database.transaction("tasks").objectStore("tasks").getAll(),
    );
    database.close();
    return Math.max(0, ...tasks.map((task) => task.checkpoint.progress));
  });
}

/** As kill -9 of the tab's process: no event is fired, nothing is said to anybody. */
async function crash(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // It never answers: whoever would is dead.
  devtools.send("Page.crash").catch(() => undefined);
  await crashed;
  await page.close();
}
