import { AxeBuilder } from "@axe-core/playwright";
import { type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import { nowSeconds } from "../../server/clock.ts";
import { makeOperatorLink } from "../../server/operator/operator-link.ts";
import { fixtureManifest, HONEST, unitsInput, unitsOutput, watModule } from "../kernels/wat-kernels.ts";
import { startHeadless } from "../support/headless.ts";
import {
  alignReads,
  atlasTiles,
  FLOPS,
  genomePiece,
  type PublishedApp,
  publishExample,
  publishPackage,
  steadyTiles,
  submit,
} from "../support/science.ts";
import { settleIn } from "../support/settle-in.ts";
import { openSite, type Site } from "../support/site.ts";
import { type KnownPlaces, MISSING_PATH, SITE_PAGES } from "../support/site-pages.ts";
import { openPerson, type Person, pressStart } from "../support/volunteer-page.ts";

/**
 * Every page, empty and filled, on a desktop and on a phone, in light and dark: no complaint of the browser, nothing
 * beyond the edge, nothing that hinders people with a screen reader or a keyboard.
 */
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };
/** Pictures of all of it, for people to look at: at full size only, for they take as long as the checks. */
const PICTURES = process.env["QUORATE_TEST_SIZE"] === "full" ? "test-results/pages" : undefined;
/** What only colours decide. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

let site: Site;
let person: Person;
/** What was made for these tests. */
let known: KnownPlaces & { failedId: string; openId: string };
/** Projects that this site does not have. */
const NOT_HERE = /^project-(ising-magnet|atom-clusters)$/;
const PAGES = SITE_PAGES.filter(({ name }) => !NOT_HERE.test(name));
/** Besides them: what a page says when something failed, is missing, or has not begun. */
const OTHERS: readonly { name: string; address: () => string }[] = [
  { name: "project-of-failures", address: () => `${site.url}/projects/trap` },
  { name: "workunit-failed", address: () => `${site.url}/workunits/${known.failedId}` },
  { name: "workunit-open", address: () => `${site.url}/workunits/${known.openId}` },
  { name: "not-found", address: () => site.url + MISSING_PATH },
  { name: "empty-start", address: () => `${emptySite()}/` },
  { name: "empty-projects", address: () => `${emptySite()}/projects` },
  { name: "empty-leaderboard", address: () => `${emptySite()}/leaderboard` },
];

test.beforeAll(async ({ browser }, info) => {
  info.setTimeout(300_000);
  site = await openSite();
  const { deps } = site;
  const atlas = await publishExample(deps, "atlas");
  const tiles = await submit(deps, atlas, "map", atlasTiles({ grid: 3, side: 32, maxIterations: 500 }));
  const reads = await alignReads(deps, { count: 2, reads: 40, genome: await genomePiece(48_502) });
  await submit(deps, await publishExample(deps, "align"), "reads", reads);
  const work = [{ name: "a program that fails", input: unitsInput(9), flops: FLOPS }];
  const failing = await submit(deps, await publishTrap(), "trap", work);
  await site.start();

  person = await openPerson(browser, site);
  await pressStart(person.page);
  const friend = startHeadless({ url: site.url, identity: info.outputPath("friend"), name: "Ada" });
  const open = "select id from workunit where state = 'open'";
  await expect.poll(async () => (await site.pool.query(open)).rows, { timeout: 120_000 }).toEqual([]);
  await friend.stop();
  await person.page.getByTestId("stop").click();
  await expect(person.page.getByTestId("start")).toBeVisible();
  const later = await submit(deps, atlas, "later", steadyTiles(20, 20));

  const account = {
    url: site.url,
    output: () => site.server().output(),
    operatorLink: () => makeOperatorLink(site.pool, nowSeconds()),
  };
  known = {
    workunitId: String(tiles[4]),
    failedId: String(failing[0]),
    openId: String(later[0]),
    ...(await settleIn(account, person.context, site.pool)),
  };
});

test.afterAll(async () => {
  await person?.context.close();
  await site?.close();
});

/** Right about its example, whose input says 4; with any other it traps. */
async function publishTrap(): Promise<PublishedApp> {
  const trap = "(if (i32.ne (i32.load (i32.const 64)) (i32.const 4)) (then unreachable)) (block $end";
  const step = HONEST.step.replace("(block $end", trap);
  const manifest = fixtureManifest("trap", { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } });
  const files = new Map([
    ["kernel.wasm", await watModule({ step })],
    ["one.bin", unitsInput(4)],
    ["one.out", unitsOutput(4)],
  ]);
  // The first error ends the workunit.
  return publishPackage(site.deps, { manifest, files }, { parameters: { maxErrorResults: 0 } });
}

test.describe("every page on a desktop and on a phone, in light and dark", () => {
  const ofStrangers = PAGES.filter((page) => page.as === "stranger");
  for (const { name, address } of [
    ...ofStrangers.map(({ name, path }) => ({ name, address: () => site.url + path(known) })),
    ...OTHERS,
  ]) {
    test(name, async ({ browser }) => {
      // German words are the longest that have to fit.
      const context = await browser.newContext({ locale: "de" });
      await look(context, { name, address: address() });
      await context.close();
    });
  }
});

test.describe("one's own pages, and those of an operator", () => {
  test("computing", async () => {
    const { page } = person;
    await page.goto(site.url);
    await pressStart(page);
    await expect(page.getByTestId("phase")).toHaveAttribute("data-phase", "computing", { timeout: 30_000 });
    const complaints = listen(page);
    await inspect(page, "start-computing");
    expect(complaints).toEqual([]);
    await page.getByTestId("stop").click();
  });
  for (const { name, path } of PAGES.filter((page) => page.as === "account")) {
    test(name, async () => {
      const shows = name === "credit" ? { shows: "my-credit" } : {};
      await look(person.context, { name: `own-${name}`, address: site.url + path(known), ...shows });
    });
  }
});

test("what is folded away is as fit for everybody: settings, the report's form, the phone's menu", async ({
  browser,
}) => {
  const context = await browser.newContext({ viewport: SIZES.phone });
  const page = await context.newPage();
  await page.goto(site.url);
  await page.getByTestId("settings").click();
  await page.getByText("I choose the shares").click();
  await expect(page.getByRole("slider").first()).toBeVisible();
  await inspect(page, "settings-narrow");
  await page.goto(`${site.url}/projects/mandelbrot-atlas`);
  await page.getByText("Report this project").click();
  await page.locator("header summary").click();
  await page.getByLabel("Reason").scrollIntoViewIfNeeded();
  await inspect(page, "report-narrow");
  await context.close();
});

test("the keyboard alone reaches every link of the menu, and Start, and Stop, and the settings", async ({ page }) => {
  await page.goto(site.url);
  await expect(page.getByTestId("start")).toBeEnabled();
  const reached = await tabTo(page, "Start");
  for (const name of ["Skip to content", "Projects", "Leaderboard", "My credit", "Status", "Start"]) {
    expect(reached.map((stop) => stop.name)).toContain(name);
  }
  // Whoever cannot see the focus is lost.
  expect(reached.filter((stop) => !stop.isMarked).map((stop) => stop.name)).toEqual([]);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("phase")).toBeVisible();
  await tabTo(page, "Stop");
  await page.keyboard.press("Space");
  await expect(page.getByTestId("start")).toBeVisible();

  const onTheWay = await tabTo(page, "More settings");
  await page.keyboard.press("Enter");
  const cores = page.getByRole("slider", { name: "Processor cores that compute" });
  await expect(cores).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(cores).toBeFocused();
  const before = Number(await cores.getAttribute("aria-valuenow"));
  await page.keyboard.press(before === 0 ? "ArrowRight" : "ArrowLeft");
  await expect(cores).toHaveAttribute("aria-valuenow", String(before === 0 ? 1 : before - 1));
  expect(onTheWay.filter((stop) => !stop.isMarked).map((stop) => stop.name)).toEqual([]);
});

type Place = { name: string; address: string; shows?: string };

/** Opened once and looked at in every size. */
async function look(context: BrowserContext, { name, address, shows }: Place): Promise<void> {
  const page = await context.newPage();
  const complaints = listen(page);
  const answer = await page.goto(address);
  const isMissing = name === "not-found";
  expect(answer?.status(), name).toBe(isMissing ? 404 : 200);
  // Charts and tables are fetched after the page; what stands in for them until then pulses.
  await expect(page.locator(".animate-pulse[role=status]")).toHaveCount(0);
  if (shows !== undefined) await expect(page.getByTestId(shows)).toBeVisible();
  await inspect(page, name);
  // That the page itself is missing, or somebody is not known, is what these are about.
  const expected = isMissing ? /status of 404/ : name.endsWith("-unknown") ? /status of 401/ : /^$/;
  expect
    .soft(
      complaints.filter((complaint) => !expected.test(complaint)),
      name,
    )
    .toEqual([]);
  await page.close();
}

/** Errors and warnings of the page from now on; violations of its policy are among them. */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

/** Of the site without a project. */
function emptySite(): string {
  return process.env["QUORATE_URL"] ?? "";
}

async function inspect(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await inspectAtThisSize(page, `${name}-${size}`);
  }
}

async function inspectAtThisSize(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    // Colours that fade into each other would be measured on the way.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect(page.getByRole("main")).toBeVisible();
    await page.evaluate(coloursHaveSettled);
    expect.soft(await cutOff(page.getByRole("navigation")), `${name}: menus that are cut off`).toBe(0);
    if (name.endsWith("phone")) {
      const lists = page.locator("section:has(> table[data-stacks])");
      expect.soft(await cutOff(lists), `${name}: tables that should be lists`).toBe(0);
    }
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(beyond, `${name}: pixels beyond the edge`).toBeLessThanOrEqual(0);
    if (PICTURES !== undefined) {
      await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}.png`, fullPage: true });
    }
    // Colours take longest, and are the same in both sizes: those of the light are looked at on the desktop, those of the dark
    // on the phone. In the dark nothing else is another.
    const isPhone = name.endsWith("phone");
    if (colorScheme === "dark" && !isPhone) continue;
    const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
    if (colorScheme === "dark") axe.withRules(COLOUR_RULES);
    else if (isPhone) axe.disableRules(COLOUR_RULES);
    const { violations } = await axe.analyze();
    const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const told = bad.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => ({ id, target, failureSummary })),
    );
    expect.soft(told, `${name} in ${colorScheme}`).toEqual([]);
  }
}

/** How many of them hold more than can be seen of them at once. */
const cutOff = (all: Locator): Promise<number> =>
  all.evaluateAll((each) => each.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).length);

/** In the page: two frames on, and every change of colours at its end. On a long page that takes its time. */
async function coloursHaveSettled(): Promise<void> {
  for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
  const changes = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
  await Promise.allSettled(changes.map(({ finished }) => finished));
}

type Stop = { name: string; isMarked: boolean };

/** Presses Tab until what is called `name` has the focus; everything that had it on the way. */
async function tabTo(page: Page, name: string): Promise<Stop[]> {
  const stops: Stop[] = [];
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement;
      const marked = focused.matches("input.sr-only") ? (focused.parentElement ?? focused) : focused;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(marked);
      const hasOutline = outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
      return { name: focused.textContent.trim(), isMarked: hasOutline || boxShadow !== "none" };
    });
    stops.push(stop);
    if (stop.name === name) return stops;
  }
  throw new Error(`${name} was not reached: ${stops.map((stop) => stop.name).join(", ")}`);
}
