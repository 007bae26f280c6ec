import { expect, test } from "@playwright/test";
import { readOutput } from "../../server/result/read-output.ts";
import { publishExample, steadyOutput, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { fatesShown, pressStart, visit, watchCards } from "../support/volunteer-page.ts";

/** The graphics card goes away in mid-workunit, as it does when its driver crashes. */
let site: Site;

/** Of one idle core; a software adapter takes many times as long. */
const SECONDS = 1;

test.beforeAll(async () => {
  site = await openSite();
  const app = await publishExample(site.deps, "atlas", { parameters: { minQuorum: 1 } });
  await submit(site.deps, app, "long", steadyTiles(1, SECONDS));
  await site.start();
});
test.afterAll(() => site?.close());

test("a GPU process that is killed in mid-workunit costs nothing: the same workunit is computed to its end", async ({
  page,
  browser,
}) => {
  test.setTimeout(400_000);
  await visit(page, site);
  await page.getByText("All I have").click();
  // The graphics card alone, so that it is the one that has the workunit.
  await page.getByTestId("settings").click();
  const workers = page.getByRole("slider", { name: "Processor cores that compute" });
  await workers.focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("amount")).toContainText("No processor core.");
  await pressStart(page);
  const card = page.locator("[data-testid=worker][data-backend=wgsl][data-result]");
  await expect(card).toBeVisible({ timeout: 60_000 });
  await expect.poll(async () => Number(await card.getAttribute("data-steps")), { timeout: 60_000 }).toBeGreaterThan(2);
  const cards = await watchCards(page);
  const [before] = await cards();

  const devtools = await browser.newBrowserCDPSession();
  await devtools.send("Browser.crashGpuProcess");

  // A second run of the same workunit, on the card that came back or beside it.
  await expect
    .poll(async () => (await cards()).filter(({ startedAtMs }) => startedAtMs !== before?.startedAtMs).length, {
      timeout: 90_000,
    })
    .toBeGreaterThan(0);
  for (const { result } of await cards()) expect(result).toBe(before?.result);
  await expect.poll(() => fatesShown(page), { timeout: 240_000 }).toEqual(["confirmed"]);
  const { rows } = await site.pool.query<{ id: number; outcome: string }>("select id, outcome from result");
  expect(rows).toEqual([{ id: Number(before?.result), outcome: "ok" }]);
  const output = await readOutput(site.deps, Number(before?.result));
  expect(Buffer.compare(Buffer.from(output), steadyOutput(0, SECONDS))).toBe(0);
});
