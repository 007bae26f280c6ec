import { expect, type Page, test } from "@playwright/test";
import { withdrawAppVersion } from "../../server/app-version/change-state.ts";
import { auditWorkunit } from "../../server/audit/audit-workunit.ts";
import { nowSeconds } from "../../server/clock.ts";
import { addHandler } from "../../server/handler/add-handler.ts";
import { cancelWorkunits } from "../../server/workunit/settle-workunits.ts";
import { fixtureManifest, unitsInput, unitsOutput, watModule } from "../kernels/wat-kernels.ts";
import { answerAs, newHost as hostOf } from "../support/answering-host.ts";
import { FLOPS, type PublishedApp, publishPackage, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { openPerson, type Person, pressStart } from "../support/volunteer-page.ts";
import { openReceiver } from "../support/webhook-receiver.ts";

/** An answer that was accepted from this browser alone is contradicted later: what its person, and everybody, is told. */

let site: Site;
let person: Person;
let app: PublishedApp;
let workunit = 0;
let audit = 0;

test.beforeAll(async ({ browser }, info) => {
  info.setTimeout(300_000);
  site = await openSite({ environment: { WEBHOOK_PRIVATE: "on" } });
  await site.start();
  person = await openPerson(browser, site);
  await pressStart(person.page);
  const findHost = async () =>
    (await site.pool.query<{ id: number }>("select max(id) as id from host")).rows[0]?.id ?? 0;
  await expect.poll(findHost).toBeGreaterThan(0);
  const own = await findHost();
  await person.page.getByTestId("stop").click();
  const manifest = fixtureManifest("claims", { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
  const files = new Map([
    ["kernel.wasm", await watModule()],
    ["one.bin", unitsInput(4)],
    ["one.out", unitsOutput(4)],
  ]);
  app = await publishPackage(site.deps, { manifest, files }, { parameters: { minQuorum: 1 } });
  const receiver = await openReceiver();
  const { url } = receiver;
  // Nobody answers there any more.
  await receiver.close();
  await addHandler(site.deps, { kind: "webhook", projectSlug: app.slug, url }, nowSeconds());
  [workunit = 0] = await submit(site.deps, app, "claims", [{ name: "a claim", input: unitsInput(4), flops: FLOPS }]);
  await answer(own, unitsOutput(5));
  audit = (await auditWorkunit(site.deps, workunit, nowSeconds())).auditWorkunitId;
  for (const name of ["first", "second"]) await answer(await newHost(name), unitsOutput(4));
  const recalled = "select recalled_seconds is not null as recalled from workunit where id = $1";
  await expect
    .poll(async () => (await site.pool.query(recalled, [workunit])).rows, { timeout: 60_000 })
    .toEqual([{ recalled: true }]);
});

test.afterAll(async () => {
  await person?.context.close();
  await site?.close();
});

const newHost = (name: string) => hostOf(site.deps, name);
const answer = (hostId: number, output: Uint8Array) => answerAs(site.deps, hostId, output);

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/pages/${name}.png`, fullPage: true });
}

test("[R000.26] the page of the piece of work says so, and leads to the check, which says what it is", async ({
  page,
}) => {
  await page.goto(`${site.url}/workunits/${workunit}`);
  await expect(page.getByTestId("state")).toHaveText("recalled");
  await expect(page.getByTestId("audit")).toContainText(
    "This answer was recalled: a later check by other people contradicted it",
  );
  await expect(page.getByText("taken back", { exact: true })).toBeVisible();
  await expect(page.getByText("accepted alone, from a device with a good record")).toBeVisible();
  await expect(page.getByText("counts as correct")).toHaveCount(0);
  // Nowhere on it is the answer still said to be confirmed: not in its row, and not by its file.
  const story = page.getByRole("region", { name: "Who computed it and what came of it" });
  await expect(story.getByRole("cell", { name: "recalled", exact: true })).toBeVisible();
  await expect(story).toContainText("this was the answer that counted");
  await expect(page.getByText("confirmed", { exact: true })).toHaveCount(0);
  const sign = await story.getByText("recalled", { exact: true }).evaluate((badge) => getComputedStyle(badge).color);
  expect(sign).toBe(await page.getByTestId("state").evaluate((badge) => getComputedStyle(badge).color));
  const file = await page.request.get(`${site.url}/api/workunits/${workunit}/output`);
  expect(file.headers()["content-disposition"]).toContain(`workunit-${workunit}-recalled.bin`);
  await picture(page, "recalled");
  await page.getByRole("link", { name: "a later check by other people" }).click();
  await expect(page).toHaveURL(`${site.url}/workunits/${audit}`);
  await expect(page.getByText("This is a check of another piece of work")).toBeVisible();
  await expect(page.getByText("enough independent answers agreed (answers 1, 2)")).toBeVisible();
  await picture(page, "audit");
});

test("in German too", async ({ browser }) => {
  const context = await browser.newContext({ locale: "de-DE" });
  const page = await context.newPage();
  await page.goto(`${site.url}/workunits/${workunit}`);
  const story = page.getByRole("region", { name: "Wer es berechnet hat und was daraus wurde" });
  await expect(story.getByRole("cell", { name: "zurückgerufen", exact: true })).toBeVisible();
  await expect(page.getByText("bestätigt", { exact: true })).toHaveCount(0);
  await context.close();
});

test("its volunteer sees the credit taken back, and why", async () => {
  const { page } = person;
  await page.goto(`${site.url}/credit`);
  const card = page.getByTestId("taken-back");
  await expect(card).toContainText("Other people computed these pieces of work again later");
  await expect(card).toContainText("a claim");
  await expect(card).toContainText("-0.5");
  const row = page.getByRole("row", { name: /a claim/ });
  await expect(row).toContainText("taken back");
  await expect(row.getByText("recalled", { exact: true })).toBeVisible();
  await expect(row.getByText("confirmed", { exact: true })).toHaveCount(0);
  await picture(page, "taken-back");
});

test("the status page says that a project is told late, and since when, and that the site works", async ({ page }) => {
  // There is work, and somebody is here: nothing else is to be said. It is counted anew.
  const waiting = await submit(site.deps, app, "waiting", [{ name: "waits", input: unitsInput(4), flops: FLOPS }]);
  await newHost("waiting");
  await site.pool.query("delete from status_minute");
  await page.goto(`${site.url}/status`);
  const headline = page.getByRole("status").filter({ hasText: "The site works." });
  // A count that was under way already is followed by the next one after a minute.
  await expect(headline).toContainText("Messages to one project are late, and wait.", { timeout: 120_000 });
  await expect(page.getByText("Everything works as it should")).toHaveCount(0);
  // Another table has a row of the project too.
  const row = page.getByRole("row", { name: /claims a call to its own server/ });
  await expect(row).toContainText("fails since", { timeout: 20_000 });
  await expect(row).toContainText("no answer from its server");
  await picture(page, "status-told-late");
  await cancelWorkunits(site.deps, waiting, nowSeconds());
});

test("the page of its batch counts it among the recalled ones", async ({ page }) => {
  const { rows } = await site.pool.query<{ id: number }>("select batch_id as id from workunit where id = $1", [
    workunit,
  ]);
  await page.goto(`${site.url}/batches/${rows[0]?.id}`);
  await expect(page.getByTestId("batch-numbers")).toContainText("Recalled1of the confirmed ones");
});

test("what certainty costs is on the project page, all of it in sight", async ({ page }) => {
  await page.goto(`${site.url}/projects/claims`);
  const cost = page.getByRole("region", { name: "What certainty costs" });
  for (const name of ["Computed how often", "Answers that did not match", "First answer to decision"]) {
    const column = cost.getByRole("columnheader", { name });
    await column.scrollIntoViewIfNeeded();
    await expect(column).toBeInViewport({ ratio: 1 });
  }
  // The two answers of the check are a cost of what they checked.
  await expect(cost).toContainText("3 times for each confirmed piece");
  await expect(cost).toContainText(/half of them within \d+ \w+, 95 % within/);
  expect(await cost.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
});

test("on a phone the story of a piece of work is a list: nothing of it lies beside the screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${site.url}/workunits/${workunit}`);
  const story = page.getByRole("region", { name: "Who computed it and what came of it" });
  await expect(story.getByText("taken back", { exact: true })).toBeVisible();
  expect(await story.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
});

test("what a withdrawn program computed says that, and that its credit stays", async ({ page }) => {
  const work = { name: "of a withdrawn program", input: unitsInput(4), flops: FLOPS };
  const [withdrawn = 0] = await submit(site.deps, app, "withdrawn", [work]);
  await answer(await newHost("third"), unitsOutput(4));
  await withdrawAppVersion(site.deps, { appVersionId: app.appVersionId, reason: "wrong" }, nowSeconds());
  await page.goto(`${site.url}/workunits/${withdrawn}`);
  await expect(page.getByTestId("state")).toHaveText("recalled");
  await expect(page.getByTestId("withdrawn")).toContainText("the program that computed it was withdrawn");
  await expect(page.getByText("contradicted")).toHaveCount(0);
  await expect(page.getByText("taken back", { exact: true })).toHaveCount(0);
  await picture(page, "withdrawn");
});
