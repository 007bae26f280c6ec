import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import pg from "pg";
import { inProject } from "../../server/paths.ts";
import { ensureBrowser } from "../support/find-browser.ts";
import type { Headless } from "../support/headless.ts";
import { type LivingSite, openLivingSite } from "../support/living-site.ts";
import { call, settleIn, signUp } from "../support/settle-in.ts";
import { type KnownPlaces, MISSING_PATH, SITE_PAGES, type SitePage } from "../support/site-pages.ts";

/**
 * `npm run screenshots [-- NAME...]`: a site of its own, volunteers that compute for a while, then a picture of every page
 * (or those named), desktop and phone, light and dark, English and German, in .build/screenshots; those that README.md
 * shows go to public/screenshots. What is wider than its window is told at the end, and the exit code is 1.
 */
const FOLDER = inProject(".build/screenshots");
const README_FOLDER = inProject("public/screenshots");
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const LANGUAGES = ["en", "de"] as const;
const SCHEMES = ["light", "dark"] as const;
/** Confirmed pieces of each project that make charts worth looking at; what is not reached in time is not waited for. */
const ENOUGH_CONFIRMED = 12;
const COMPUTE_MS = 90_000;
/** A machine that is busy with other things gets this long for the first confirmed piece of each project. */
const FIRST_CONFIRMED_MS = 600_000;

async function main(wanted: readonly string[]): Promise<number> {
  const pages = SITE_PAGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const executablePath = ensureBrowser(console.log);
  const site = await openLivingSite();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const account = await browser.newContext({ viewport: SIZES.desktop, locale: "en" });
    const stranger = await browser.newContext({ viewport: SIZES.desktop, locale: "en" });
    if (wanted.length === 0) await rm(FOLDER, { recursive: true, force: true });
    const known = await compute(site, { browser, account, forReadme: wanted.length === 0 });
    const faults: string[] = [];
    for (const language of LANGUAGES) {
      for (const context of [account, stranger]) {
        await context.addCookies([{ name: "locale", value: language, url: site.url }]);
      }
      for (const page of pages) {
        const context = page.as === "account" ? account : stranger;
        faults.push(...(await take(context, { page, url: site.url + page.path(known), language })));
      }
      if (wanted.length === 0) {
        const missing: SitePage = { name: "missing", route: "", path: () => MISSING_PATH, as: "stranger" };
        faults.push(...(await take(stranger, { page: missing, url: site.url + MISSING_PATH, language })));
      }
    }
    if (wanted.length === 0) await takeForReadme(stranger, site);
    console.log(`pictures: ${FOLDER}`);
    for (const fault of faults) console.log(fault);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
    await site.close();
  }
}

/** Volunteers compute until there is something to see; one of them in a browser, which the pictures show on the way. */
async function compute(
  site: LivingSite,
  { browser, account, forReadme }: { browser: Browser; account: BrowserContext; forReadme: boolean },
): Promise<KnownPlaces> {
  const database = new pg.Client({ connectionString: site.databaseUrl });
  await database.connect();
  try {
    const page = await account.newPage();
    await page.goto(site.url);
    await page.getByTestId("start").click();
    // Before anything is confirmed: what members earned before they joined is not their team's.
    const places = await settleIn(site, account, database);
    const volunteers = await gather(site, { browser, account, teamId: places.teamId });
    await nameDevices(database, account, { url: site.url, personId: places.personId });
    await enough(database);
    if (forReadme) {
      await mkdir(README_FOLDER, { recursive: true });
      const clip = { x: 0, y: 0, width: 1280, height: 1000 };
      // The click on Start scrolled to it, and the bar at the top follows.
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.screenshot({ path: join(README_FOLDER, "start.png"), clip, fullPage: true });
    }
    await page.getByTestId("stop").click();
    await page.getByTestId("start").waitFor();
    await Promise.all(volunteers.map((volunteer) => volunteer.stop()));
    await page.close();
    return { ...places, workunitId: await lastConfirmed(database) };
  } finally {
    await database.end();
  }
}

/** A second device of the account, a second member of its team with a page of her own, and somebody without an account. */
async function gather(
  site: LivingSite,
  { browser, account, teamId }: { browser: Browser; account: BrowserContext; teamId: number },
): Promise<Headless[]> {
  const own = await account.newPage();
  await own.goto(`${site.url}/account`);
  const { code } = await call<{ code: string }>(own, "account.makeLinkCode", undefined);
  await own.close();
  const friend = await (await browser.newContext({ locale: "en" })).newPage();
  await signUp(site, friend, "grace@example.org");
  await call(friend, "credit.rename", { name: "Grace Hopper" });
  await call(friend, "credit.share", { isPublic: true });
  await call(friend, "team.join", { teamId });
  const friends = await call<{ code: string }>(friend, "account.makeLinkCode", undefined);
  await friend.context().close();
  return [
    site.volunteer("Ada's workbench", code),
    site.volunteer("Grace Hopper", friends.code),
    site.volunteer("Emmy Noether"),
  ];
}

const DEVICE_NAMES = ["Laptop", "Workbench"];

/** As their owner does on /account, as soon as the second one has joined. */
async function nameDevices(
  database: pg.Client,
  account: BrowserContext,
  { url, personId }: { url: string; personId: number },
): Promise<void> {
  const began = Date.now();
  let hosts: readonly { id: number }[] = [];
  while (hosts.length < DEVICE_NAMES.length && Date.now() - began < FIRST_CONFIRMED_MS) {
    await delay(1_000);
    const found = "select id::float8 as id from host where user_id = $1 and removed_seconds is null order by id";
    hosts = (await database.query<{ id: number }>(found, [personId])).rows;
  }
  const page = await account.newPage();
  await page.goto(`${url}/account`);
  for (const [index, { id }] of hosts.entries()) {
    await call(page, "account.nameDevice", { hostId: id, name: DEVICE_NAMES[index] ?? `Device ${id}` });
  }
  await page.close();
}

async function enough(database: pg.Client): Promise<void> {
  console.log(`computing for about ${COMPUTE_MS / 1000} s ...`);
  const began = Date.now();
  for (;;) {
    const [fewest, passed] = [await fewestConfirmed(database), Date.now() - began];
    if (fewest >= ENOUGH_CONFIRMED || passed > FIRST_CONFIRMED_MS || (fewest > 0 && passed > COMPUTE_MS)) return;
    await delay(2_000);
  }
}

async function lastConfirmed(database: pg.Client): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    "select id from workunit where state = 'completed' order by ended_seconds desc limit 1",
  );
  if (rows[0] === undefined)
    throw new Error("nothing was confirmed: is this machine too slow, or is something broken?");
  return rows[0].id;
}

/** Confirmed pieces of the project that has fewest. */
async function fewestConfirmed(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ fewest: number }>(
    `select coalesce(min(n), 0)::int as fewest from (
       select count(w.id) filter (where w.state = 'completed') as n
         from project p join app a on a.project_id = p.id join app_version v on v.app_id = a.id
         left join workunit w on w.app_version_id = v.id
        group by p.id) as counts`,
  );
  return rows[0]?.fewest ?? 0;
}

type Shot = { page: SitePage; url: string; language: string };

async function take(context: BrowserContext, { page: { name }, url, language }: Shot): Promise<string[]> {
  const faults: string[] = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    const page = await context.newPage();
    await page.setViewportSize(viewport);
    await page.goto(url);
    await settle(page);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const path = join(FOLDER, language, `${size}-${colorScheme}`, `${name}.png`);
      // Colours that still change from one scheme to the other are shown as they will be.
      await page.screenshot({ path, fullPage: true, animations: "disabled" });
    }
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (beyond > 0) faults.push(`${language} ${size} ${name}: ${beyond} pixels beyond the edge`);
    await page.close();
  }
  return faults;
}

/** Until scripts, charts and fonts are there. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => document.querySelector(".animate-pulse[role=status]") === null);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

async function takeForReadme(context: BrowserContext, site: LivingSite): Promise<void> {
  await context.addCookies([{ name: "locale", value: "en", url: site.url }]);
  const page = await context.newPage();
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  // High enough for all of it: scrolled to, its heading would lie under the site's.
  await page.setViewportSize({ width: 1280, height: 4_000 });
  await page.goto(`${site.url}/projects/mandelbrot-atlas`);
  await settle(page);
  const map = page.locator("section", { has: page.getByTestId("atlas-map") }).last();
  await map.screenshot({ path: join(README_FOLDER, "atlas.png") });
  await page.close();
}

process.exit(await main(process.argv.slice(2)));
