import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { nowSeconds } from "../../server/clock.ts";
import { publishBundled, publishExample, steadyTiles, submit } from "../support/science.ts";
import { giveBattery, locksHeld, setBattery, setHidden } from "../support/simulated-device.ts";
import { openSite, type Site } from "../support/site.ts";
import { storedEverything } from "../support/stored-work.ts";
import { pressStart, visit } from "../support/volunteer-page.ts";

/** The panel 'More settings': what is set there holds at once, and what is said there is true. */
let site: Site;
test.beforeAll(async () => {
  site = await openSite();
  const app = await publishExample(site.deps, "atlas");
  await submit(site.deps, app, "steady", steadyTiles(60, 20));
  const other = await publishBundled(site.deps, "atlas", "second-map");
  await submit(site.deps, other, "steady", steadyTiles(20, 20));
  await site.start();
});
test.afterAll(() => site?.close());

/** The machine does much else at the same time. */
const SOON = { timeout: 60_000 };

test("how much, when and on what power: each setting holds at once, and the page says why it waits", async ({
  page,
  context,
}) => {
  test.setTimeout(300_000);
  await visit(page, site);
  await giveBattery(context, { charging: true, level: 1 });
  await page.reload();
  await page.getByText("All I have").click();
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  await expect(page.getByTestId("amount")).toContainText(`${cores} of ${cores} processor`);
  await openSettings(page);
  // Looking and setting before Start stores nothing.
  expect(await storedEverything(page)).toEqual({ keys: [], values: 0 });
  await pressStart(page);
  await expect(page.getByTestId("worker")).toHaveCount(cores, SOON);
  await expectPhase(page, "computing");

  const workers = page.getByRole("slider", { name: "Processor cores that compute" });
  await workers.focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("phase")).toContainText("Your settings leave nothing to compute with", SOON);
  await page.keyboard.press("ArrowRight");
  await expect(workers).toHaveAttribute("aria-valuetext", `1 of ${cores}`);
  await expect(page.getByTestId("worker")).toHaveCount(1, SOON);
  await expect(page.getByTestId("amount")).toContainText(`1 of ${cores} processor`);
  await expect(page.getByText("Your own settings, from below.")).toBeVisible();

  await setBattery(page, { charging: false, level: 0.8 });
  await expectPause(page, "Paused while this device runs on battery.");
  await page.getByLabel("Also on battery").click();
  await expectPhase(page, "computing");
  await setBattery(page, { charging: false, level: 0.1 });
  await expectPause(page, "the battery is at 10 %, and you asked to stop below 20 %");
  await setBattery(page, { charging: true, level: 1 });
  await expectPhase(page, "computing");

  const quiet = page.getByLabel("Quiet hours");
  await quiet.click();
  const [hour, minute] = await page.evaluate(() => [new Date().getHours(), new Date().getMinutes()] as const);
  const time = (shift: number) => `${two((hour + shift + 24) % 24)}:${two(minute)}`;
  await page.getByLabel("from", { exact: true }).fill(time(-2));
  await page.getByLabel("to", { exact: true }).fill(time(2));
  await expectPause(page, `Paused for your quiet hours, until ${time(2)}.`);
  await quiet.click();
  await expectPhase(page, "computing");

  // Hidden: goes on with the lock, as it says; or pauses, parks its work and lets go of the lock.
  await setHidden(page, true);
  await expectPhase(page, "computing");
  expect(await locksHeld(page)).toEqual(["quorate-computing"]);
  await setHidden(page, false);
  await page.getByLabel("Also while this tab is hidden").click();
  await expectPhase(page, "computing");
  await setHidden(page, true);
  await expectPause(page, "Paused while this tab is in the background, as you chose.");
  await expect.poll(() => locksHeld(page), SOON).toEqual([]);
  await expect.poll(unparked, SOON).toBe(0);
  await setHidden(page, false);
  await expectPhase(page, "computing");

  // All of it is remembered, and the same tab goes on by itself.
  await page.reload();
  await expectPhase(page, "computing");
  await expect(page.getByTestId("worker")).toHaveCount(1, SOON);
  await openSettings(page);
  await expect(page.getByLabel("Also while this tab is hidden")).not.toBeChecked();
});

test("a consent that is withdrawn ends every tab of the browser; deleting leaves nothing behind", async ({
  page,
  context,
}) => {
  test.setTimeout(200_000);
  await visit(page, site);
  // For one project only: work comes from it and from no other.
  await openSettings(page);
  await page.getByLabel("I choose the shares").check();
  await page.getByRole("slider", { name: "Share of Mandelbrot atlas" }).focus();
  await page.keyboard.press("Home");
  await pressStart(page);
  await expectPhase(page, "computing");
  await expect(cardsWithWork(page).first()).toContainText("second-map");
  expect(await projectsOfNewest()).toEqual(["second-map"]);
  const other = await context.newPage();
  await other.goto(site.url);
  await pressStart(other);
  await expectPhase(other, "standby");

  await openSettings(other);
  await expect(other.getByTestId("consent")).toContainText("You agreed on");
  await other.getByRole("button", { name: "Withdraw consent" }).click();
  for (const each of [page, other]) await expect(each.getByTestId("start")).toBeVisible(SOON);
  await expect(other.getByTestId("consent")).toContainText("You withdrew your consent");
  await page.reload();
  await expect(page.getByTestId("start")).toBeEnabled();
  await expect(page.getByRole("link", { name: /This browser: not computing/ })).toBeVisible();

  await pressStart(page);
  await expectPhase(page, "computing");
  const [record] = await Promise.all([
    download(other),
    other.getByRole("button", { name: "Download the record" }).click(),
  ]);
  expect(record).toMatchObject({ consent: { version: 2 }, results: expect.any(Array) });

  await other.getByRole("button", { name: "Delete everything" }).click();
  const dialog = other.getByRole("alertdialog");
  await expect(dialog).toContainText("this browser forgets");
  await other.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expectPhase(page, "computing");
  await other.getByRole("button", { name: "Delete everything" }).click();
  await dialog.getByRole("button", { name: "Delete everything" }).click();
  await expect.poll(() => storedEverything(other), SOON).toEqual({ keys: [], values: 0 });
  for (const each of [page, other]) await expect(each.getByTestId("start")).toBeVisible(SOON);
  // Its work went to others.
  await expect.poll(unparked, SOON).toBe(0);
  expect(await storedEverything(page)).toEqual({ keys: [], values: 0 });
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the open panel fits a phone and hinders nobody, ${colorScheme}`, async ({ browser }) => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme });
    const page = await context.newPage();
    await visit(page, site);
    await openSettings(page);
    for (const name of ["Quiet hours", "Limit downloads", "I choose the shares"]) await page.getByLabel(name).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await page.screenshot({ path: `test-results/volunteer/settings-phone-${colorScheme}.png`, fullPage: true });
    await context.close();
  });
}

test("a browser that lets nothing be stored computes nothing and says so", async ({ page }) => {
  await visit(page, site);
  await page.route(/_next\/static\/.*\.js/, async (route) => {
    const answer = await route.fetch();
    // In the worker that would open it, as a browser with storage switched off does.
    const refuse =
      'if(self.IDBFactory)IDBFactory.prototype.open=()=>{throw new DOMException("storage is switched off","SecurityError")};';
    await route.fulfill({ response: answer, body: refuse + (await answer.text()) });
  });
  await page.reload();
  await expect(page.getByTestId("start")).toBeEnabled(SOON);
  await page.getByTestId("start").click();
  await expect(page.getByRole("alert").filter({ hasText: "lets Quorate store nothing" })).toBeVisible(SOON);
  await expect(page.getByTestId("worker")).toHaveCount(0);
});

async function openSettings(page: Page): Promise<void> {
  await expect(page.getByTestId("settings")).toBeVisible();
  await page.getByTestId("settings").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("slider", { name: "Processor cores that compute" })).toBeVisible();
}

function expectPhase(page: Page, phase: string): Promise<void> {
  return expect(page.getByTestId("phase")).toHaveAttribute("data-phase", phase, SOON);
}

async function expectPause(page: Page, why: string): Promise<void> {
  await expectPhase(page, "paused");
  await expect(page.getByTestId("phase")).toContainText(why);
  await expect(cardsWithWork(page)).toHaveCount(0, SOON);
}

function cardsWithWork(page: Page): Locator {
  return page.locator("[data-testid=worker][data-result]");
}

async function download(page: Page): Promise<unknown> {
  const file = await page.waitForEvent("download");
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** Leases that hold now and are not parked. */
async function unparked(): Promise<number> {
  const { rows } = await site.pool.query<{ id: number }>(
    `select id from result where state = 'in_progress' and not parked and lease_end_seconds > ${nowSeconds()}`,
  );
  return rows.length;
}

/** Projects whose work the newest host ever got. */
async function projectsOfNewest(): Promise<string[]> {
  const { rows } = await site.pool.query<{ slug: string }>(
    `select distinct p.slug from result r join app_version v on v.id = r.app_version_id join app a on a.id = v.app_id
       join project p on p.id = a.project_id where r.host_id = (select max(id) from host)`,
  );
  return rows.map(({ slug }) => slug);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
