import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type BrowserContext, chromium, type Page } from "@playwright/test";
import pg from "pg";
import { inProject } from "../../server/paths.ts";
import { ensureBrowser } from "../support/find-browser.ts";
import { type LivingSite, openLivingSite } from "../support/living-site.ts";
import { settleIn } from "../support/settle-in.ts";
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
const VOLUNTEERS = ["Ada", "Grace", "Emmy"];
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
    const known = await compute(site, account, wanted.length === 0);
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
async function compute(site: LivingSite, context: BrowserContext, forReadme: boolean): Promise<KnownPlaces> {
  const database = new pg.Client({ connectionString: site.databaseUrl });
  await database.connect();
  try {
    const page = await context.newPage();
    await page.goto(site.url);
    await page.getByTestId("start").click();
    const volunteers = VOLUNTEERS.map((name) => site.volunteer(name));
    console.log(`computing for about ${COMPUTE_MS / 1000} s ...`);
    const began = Date.now();
    for (;;) {
      const [fewest, passed] = [await fewestConfirmed(database), Date.now() - began];
      if (fewest >= ENOUGH_CONFIRMED || passed > FIRST_CONFIRMED_MS || (fewest > 0 && passed > COMPUTE_MS)) break;
      await delay(2_000);
    }
    if (forReadme) {
      await mkdir(README_FOLDER, { recursive: true });
      await page.screenshot({
        path: join(README_FOLDER, "start.png"),
        clip: { x: 0, y: 0, width: 1280, height: 1000 },
        fullPage: true,
      });
    }
    await page.getByTestId("stop").click();
    await page.getByTestId("start").waitFor();
    await Promise.all(volunteers.map((volunteer) => volunteer.stop()));
    await page.close();
    const { rows } = await database.query<{ id: string }>(
      "select id from workunit where state = 'completed' order by ended_seconds desc limit 1",
    );
    if (rows[0] === undefined)
      throw new Error("nothing was confirmed: is this machine too slow, or is something broken?");
    return { workunitId: rows[0].id, ...(await settleIn(site, context, database)) };
  } finally {
    await database.end();
  }
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
      await page.screenshot({ path: join(FOLDER, language, `${size}-${colorScheme}`, `${name}.png`), fullPage: true });
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
  await page.goto(`${site.url}/projects/mandelbrot-atlas`);
  await settle(page);
  const map = page.locator("section", { has: page.getByTestId("atlas-map") }).last();
  await map.screenshot({ path: join(README_FOLDER, "atlas.png") });
  await page.close();
}

process.exit(await main(process.argv.slice(2)));
