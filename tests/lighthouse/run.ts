import { setTimeout as delay } from "node:timers/promises";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import { ensureBrowser } from "../support/find-browser.ts";
import { openLivingSite } from "../support/living-site.ts";

/**
 * `npm run lighthouse [-- PATH...]`: the scores of the main pages, as a phone on a slow network sees them, on a site of its
 * own with the example projects. The exit code is 1 when one is below the aim. On a machine that is busy with other
 * things, performance says more about that machine than about the pages.
 */
const PATHS = ["/", "/projects", "/projects/mandelbrot-atlas", "/leaderboard", "/status", "/privacy"];
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;
const AIM = 95;
/** Long enough for a volunteer to confirm something with another one, so that pages are not empty. */
const COMPUTE_MS = 15_000;

async function main(wanted: readonly string[]): Promise<number> {
  const chromePath = ensureBrowser(console.log);
  const given = wanted[0]?.startsWith("http") === true ? wanted[0] : undefined;
  const paths = wanted.filter((path) => path !== given);
  const site = given === undefined ? await openLivingSite() : undefined;
  const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox"], logLevel: "silent" });
  let isBelow = false;
  try {
    if (site !== undefined) {
      const volunteers = ["Ada", "Grace"].map((name) => site.volunteer(name));
      await delay(COMPUTE_MS);
      await Promise.all(volunteers.map((volunteer) => volunteer.stop()));
    }
    console.log(["page".padEnd(30), ...CATEGORIES].join("  "));
    for (const path of paths.length > 0 ? paths : PATHS) {
      const url = new URL(path, site?.url ?? given).href;
      const result = await lighthouse(url, { port: chrome.port, onlyCategories: [...CATEGORIES], logLevel: "silent" });
      if (result === undefined) throw new Error(`Lighthouse said nothing about ${path}`);
      const { categories, audits } = result.lhr;
      const scores = CATEGORIES.map((id) => Math.round((categories[id]?.score ?? 0) * 100));
      console.log(
        [path.padEnd(30), ...scores.map((score, i) => String(score).padStart(CATEGORIES[i]?.length ?? 0))].join("  "),
      );
      for (const id of CATEGORIES) {
        if ((categories[id]?.score ?? 0) * 100 >= AIM) continue;
        isBelow = true;
        const lost = (categories[id]?.auditRefs ?? []).filter(
          (ref) => ref.weight > 0 && (audits[ref.id]?.score ?? 1) < 0.9,
        );
        for (const { id: audit } of lost) {
          console.log(`  ${id}: ${audits[audit]?.title ?? audit} ${audits[audit]?.displayValue ?? ""}`);
        }
      }
    }
    return isBelow ? 1 : 0;
  } finally {
    chrome.kill();
    await site?.close();
  }
}

process.exit(await main(process.argv.slice(2)));
