import { networkInterfaces } from "node:os";
import { expect, test } from "@playwright/test";
import { startHeadless } from "../support/headless.ts";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { pressStart } from "../support/volunteer-page.ts";

/** An address of this machine in a network: to a browser, plain http from there is no secure context. */
const address = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find((each) => each.family === "IPv4" && !each.internal)?.address;

let site: Site;
test.afterEach(() => site?.close());

test("over plain http in a network it works on the processor, with a secret, and says what HTTPS would add", async ({
  page,
}, info) => {
  test.skip(address === undefined, "this machine has no address in a network, only itself");
  site = await openSite();
  await submit(site.deps, await publishExample(site.deps, "atlas"), "steady", steadyTiles(3, 0.2));
  await site.start();
  await page.goto(site.url.replace("localhost", address ?? ""));
  expect(await page.evaluate(() => [isSecureContext, "subtle" in crypto, "locks" in navigator])).toEqual([
    false,
    false,
    false,
  ]);
  await expect(page.getByTestId("start")).toBeEnabled();
  await pressStart(page);
  await expect(page.getByText("This page came over plain HTTP")).toBeVisible();
  await expect(
    page.getByText(/Over HTTPS it could use its graphics card and a key that cannot be copied/),
  ).toBeVisible();
  await expect(page.getByTestId("worker").first()).toContainText("graphics cards need a page over HTTPS");

  const friend = startHeadless({ url: site.url, identity: info.outputPath("friend"), name: "Ada" });
  await expect
    .poll(async () => (await site.pool.query("select id from workunit where state = 'completed'")).rowCount, {
      timeout: 90_000,
    })
    .toBe(3);
  await friend.stop();
  const hosts = await site.pool.query<{ secret: boolean; key: boolean }>(
    "select secret_hash is not null as secret, public_key is not null as key from host order by key",
  );
  expect(hosts.rows).toEqual([
    { secret: true, key: false },
    { secret: false, key: true },
  ]);
  // The page stands for itself after a reload too: Start goes on with the same identity.
  await page.getByTestId("stop").click();
  await page.getByRole("link", { name: "My credit" }).click();
  await expect(page.getByTestId("my-credit").locator("dd").first()).toHaveText("1.5");
});
