import { expect, test } from "@playwright/test";
import type { ExchangeRequest } from "../../server/core/wire/exchange.ts";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { fatesShown, pressStart, visit } from "../support/volunteer-page.ts";

/** A computing tab that is older than the server it talks to. */
let site: Site;
test.beforeEach(async () => {
  site = await openSite();
});
test.afterEach(() => site?.close());

/** Idle-core seconds of a workunit that is interrupted: longer than the report of a short one takes. */
const LONG_SECONDS = 6;

test("under a page of an older version: a clear word, a button, and no work lost", async ({ page, context }) => {
  test.setTimeout(400_000);
  const app = await publishExample(site.deps, "atlas", { parameters: { minQuorum: 1 } });
  await submit(site.deps, app, "work", [...steadyTiles(1, 1), ...steadyTiles(2, LONG_SECONDS).slice(1)]);
  await site.start();
  await visit(page, site);
  let isOld = false;
  // What a client of the protocol before would say; the server's own answer to it is what the page has to live with.
  await context.route("**/api/trpc/volunteer.exchange*", (route) => {
    const said = route.request().postDataJSON() as ExchangeRequest;
    return isOld
      ? route.continue({ postData: JSON.stringify({ ...said, protocol: said.protocol - 1 }) })
      : route.continue();
  });
  await page.getByText("All I have").click();
  await pressStart(page);
  const working = page.locator("[data-testid=worker][data-result]");
  await expect(working.first()).toBeVisible({ timeout: 60_000 });
  isOld = true;
  // The next exchange is the one that reports the short workunit.
  await expect(page.getByTestId("phase")).toHaveAttribute("data-phase", "outdated", { timeout: 120_000 });
  await expect(page.getByTestId("phase")).toContainText("There is a new version of Quorate");
  await expect(page.getByTestId("phase")).toContainText("No work is lost.");
  await expect(page.getByTestId("worker")).toHaveCount(0);

  isOld = false; // The page that the reload brings is as new as the server.
  await page.getByRole("button", { name: "Reload the page" }).click();
  await expect.poll(() => fatesShown(page), { timeout: 240_000 }).toEqual(["confirmed", "confirmed"]);
  const { rows } = await site.pool.query<{ outcome: string }>("select outcome from result");
  expect(rows).toEqual([{ outcome: "ok" }, { outcome: "ok" }]);
});
