import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { listReports } from "../../server/report/list-reports.ts";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";

/** What every visitor meets, whoever they are: languages, weight, menu, legal pages, and what an old browser is told. */
const FIRST_LOAD_MAX_BYTES = 200_000;

let site: Site;

test.beforeAll(async () => {
  site = await openSite({
    environment: {
      OPERATOR_NAME: "Ada Lovelace Institute",
      OPERATOR_ADDRESS: "Example Street 1|12345 Example",
      OPERATOR_EMAIL: "ada@example.org",
    },
  });
  await submit(site.deps, await publishExample(site.deps, "atlas"), "steady", steadyTiles(2, 20));
  await site.start();
});
test.afterAll(() => site?.close());

test("the scripts of the start page weigh less than 200 kB", async ({ page, context }) => {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  const scripts = new Set<string>();
  let bytes = 0;
  devtools.on("Network.responseReceived", ({ requestId, type }) => type === "Script" && scripts.add(requestId));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(site.url);
  // With everything that comes after the page was drawn.
  await expect(page.getByTestId("start")).toBeEnabled();
  await page.waitForLoadState("networkidle");
  console.log(`scripts of the first load of /: ${bytes} bytes in ${scripts.size} files (aim: ${FIRST_LOAD_MAX_BYTES})`);
  expect(scripts.size).toBeGreaterThan(3);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(FIRST_LOAD_MAX_BYTES);
});

for (const javaScriptEnabled of [true, false]) {
  test(`the language is the browser's until another is chosen, ${javaScriptEnabled ? "with" : "without"} script`, async ({
    browser,
  }) => {
    const context = await browser.newContext({ locale: "de-AT", javaScriptEnabled });
    const page = await context.newPage();
    await page.goto(`${site.url}/projects?from=here`);
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Projekte");
    expect(await context.cookies()).toEqual([]);

    await page.getByRole("button", { name: "English" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Projects");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    expect(page.url()).toBe(`${site.url}/projects?from=here`);
    expect((await context.cookies()).map(({ name, value }) => [name, value])).toEqual([["locale", "en"]]);
    await page.goto(`${site.url}/terms`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Terms of use");
    await context.close();
  });
}

test("the language switch leads to no other site", async ({ request }) => {
  for (const back of ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]) {
    const answer = await request.post(`${site.url}/language`, { form: { locale: "de", back }, maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    const location = answer.headers()["location"] ?? "";
    expect(new URL(location, site.url).origin, back).toBe(new URL(site.url).origin);
  }
  const unknown = await request.post(`${site.url}/language`, { form: { locale: "xx" }, maxRedirects: 0 });
  expect(unknown.status()).toBe(400);
});

test("a browser that is too old is told so, and so is one without scripts; a fit one is not", async ({
  browser,
  page,
}) => {
  const tooOld = (where: Page) => where.getByText("This browser is too old to compute here");
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
  await expect(tooOld(page)).toBeHidden();

  const old = await browser.newContext();
  await old.addInitScript(() => {
    WebAssembly.validate = () => false;
  });
  const oldPage = await old.newPage();
  await oldPage.goto(site.url);
  await expect(tooOld(oldPage)).toBeVisible();
  await old.close();

  // Playwright's way of switching scripts off leaves <noscript> undrawn; what stands in it can be read all the same.
  const html = await (await page.request.get(site.url)).text();
  expect(html).toMatch(/<noscript>[\s\S]*Scripts are switched off[\s\S]*<\/noscript>/);
});

test("what is typed into a form of the sign-in before its script runs never stands in an address", async ({ page }) => {
  const html = await (await page.request.get(`${site.url}/sign-in`)).text();
  const forms = html.match(/<form[^>]*>(?:(?!<\/form>)[\s\S])*<\/form>/g) ?? [];
  const typed = forms.filter((form) => /type="(?:password|email)"/.test(form));
  expect(typed.length).toBeGreaterThanOrEqual(3);
  for (const form of typed) {
    expect(form).toMatch(/^<form[^>]*method="post"/);
    expect(form).toMatch(/<button[^>]*disabled=""[^>]*type="submit"|<button[^>]*type="submit"[^>]*disabled=""/);
  }
});

test("it can be installed", async ({ page, context }) => {
  await page.goto(site.url);
  const devtools = await context.newCDPSession(page);
  const { errors, data } = await devtools.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const { icons } = JSON.parse(data ?? "{}") as { icons: { src: string; sizes: string }[] };
  expect(icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(["192x192", "512x512"]));
  // Browsers ask for this one by themselves, wherever a page has not named its own yet.
  for (const src of [...icons.map(({ src }) => src), "/favicon.ico"])
    expect((await page.request.get(site.url + src)).status(), src).toBe(200);
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
  // A private window, as tests use, cannot install anything.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
});

test("on a phone the keyboard opens the menu, walks through it and closes it", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
  const page = await context.newPage();
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
  const status = page.getByRole("link", { name: "Status", exact: true });
  await expect(status).toBeHidden();
  await page.locator("header summary").focus();
  await page.keyboard.press("Enter");
  await expect(status).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(status).toBeHidden();
  await expect(page.locator("summary:focus")).toHaveText("Menu");
  await page.keyboard.press("Enter");
  await status.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Server status");
  await expect(status).toBeHidden();
  await context.close();
});

test("who runs the site stands in the imprint and below every page", async ({ page }) => {
  await page.goto(`${site.url}/privacy`);
  await expect(page.getByRole("contentinfo")).toContainText("Operated by Ada Lovelace Institute.");
  await page.getByRole("contentinfo").getByRole("link", { name: "Imprint" }).click();
  await expect(page.getByRole("main")).toContainText("12345 Example");
  await expect(page.getByRole("link", { name: "ada@example.org" })).toHaveAttribute("href", "mailto:ada@example.org");
  // Another server may not say it yet; then it says that.
  await page.goto(`${process.env["QUORATE_URL"]}/imprint`);
  await expect(page.getByRole("main")).toContainText("has not said who they are yet");
});

test("a project can be reported from its page, and a refusal is told in the page's language", async ({ browser }) => {
  const context = await browser.newContext({ locale: "de" });
  const page = await openReport(context);
  await page.getByLabel("Was hast du beobachtet?").fill("\u200b");
  await page.getByRole("button", { name: "Meldung senden" }).click();
  await expect(page.locator("form [role=alert]")).toContainText("Schreib, was mit dem Projekt nicht stimmt.");
  await page.getByLabel("Was hast du beobachtet?").fill("Mein Lüfter dreht durch.");
  await page.getByLabel("Grund").selectOption("too_heavy");
  await page.getByRole("button", { name: "Meldung senden" }).click();
  await expect(page.getByText("Danke. Die Betreiber")).toBeVisible();
  expect(await listReports(site.pool, { settled: false, beforeId: null, limit: 10 })).toMatchObject([
    { projectSlug: "mandelbrot-atlas", reason: "too_heavy", text: "Mein Lüfter dreht durch.", email: null },
  ]);
  await context.close();
});

async function openReport(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.url}/projects/mandelbrot-atlas`);
  await page.getByText("Dieses Projekt melden").click();
  return page;
}
