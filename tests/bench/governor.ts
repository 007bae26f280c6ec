import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "@playwright/test";
import { findBrowser } from "../support/find-browser.ts";
import { launchBrowser, NO_BROWSER, openBenchSite } from "./bench-site.ts";
import { cpuSecondsOfTree } from "./cpu.ts";
import { quantile } from "./measure.ts";
import { type Bench, CannotRun, type Part, type PartReport } from "./part.ts";
import { figure, milliseconds, ratio } from "./table.ts";
import { type BenchPreset, begin, choosePreset, localhost } from "./volunteer.ts";

const WORK_SECONDS = 10;
/** A timer of the page is due so often; how much later it comes is the lag. */
const TIMER_MS = 20;
/** After a change the governor needs this long to measure its own effect and settle. */
const SETTLE_MS = 5_000;
/** What a page draws in this time at 60 pictures a second is smooth. */
const SMOOTH_FRAME_MS = 1000 / 60;

export const governor: Part = {
  name: "governor",
  title: "Lag of the page with and without computing, in Chromium",
  run: runGovernor,
};

interface Lag {
  readonly lags: number[];
  readonly frames: number[];
}

async function runGovernor(bench: Bench): Promise<PartReport> {
  if (findBrowser() === undefined) throw new CannotRun(NO_BROWSER);
  const site = await openBenchSite(bench, { workSeconds: WORK_SECONDS });
  try {
    await site.project.submit(500);
    const chromium = await launchBrowser();
    if (chromium === null) throw new CannotRun(NO_BROWSER);
    try {
      const page = await chromium.browser.newPage();
      const rows: string[][] = [];
      const measure = async (name: string) => {
        await delay(SETTLE_MS);
        bench.say(name);
        const [cpu, at] = [cpuSecondsOfTree(chromium.pid), performance.now()];
        const lag = await lagOf(page, bench.seconds);
        const cores = (cpuSecondsOfTree(chromium.pid) - cpu) / ((performance.now() - at) / 1000);
        rows.push(lagRow(name, lag, await workersOf(page), cores));
      };
      await page.goto(localhost(site.url));
      await measure("not computing");
      const presets: readonly BenchPreset[] = ["gentle", "balanced", "all"];
      await begin(page, localhost(site.url), "gentle");
      await page.waitForSelector("[data-testid=worker][data-result]", { timeout: 60_000 });
      for (const preset of presets) {
        await choosePreset(page, preset);
        await measure(preset);
      }
      return {
        tables: [
          {
            title: `a timer every ${TIMER_MS} ms and every animation frame, for ${bench.seconds} s each`,
            head: ["", "lag p50", "lag p95", "lag worst", "frames/s", "late frames", "workers", "cores used"],
            rows,
          },
        ],
        notes: [
          "Late frames: more than twice as long as a sixtieth of a second. Cores used: by all of Chromium. The server shares the cores.",
        ],
      };
    } finally {
      await chromium.close();
    }
  } finally {
    await site.close();
  }
}

/** Runs in the page: how late its timers come, and how far apart its frames are, milliseconds. */
function lagOf(page: Page, seconds: number): Promise<Lag> {
  return page.evaluate(
    ({ everyMs, forMs }) =>
      new Promise<Lag>((resolve) => {
        const lags: number[] = [];
        const frames: number[] = [];
        const end = performance.now() + forMs;
        let lastFrame = performance.now();
        const onFrame = (now: number) => {
          frames.push(now - lastFrame);
          lastFrame = now;
          if (performance.now() < end) requestAnimationFrame(onFrame);
        };
        requestAnimationFrame(onFrame);
        const next = () => {
          const dueAt = performance.now() + everyMs;
          setTimeout(() => {
            lags.push(Math.max(0, performance.now() - dueAt));
            if (performance.now() < end) next();
            else resolve({ lags, frames: frames.slice(1) });
          }, everyMs);
        };
        next();
      }),
    { everyMs: TIMER_MS, forMs: seconds * 1000 },
  );
}

function workersOf(page: Page): Promise<number> {
  return page.locator("[data-testid=worker][data-result]").count();
}

function lagRow(name: string, { lags, frames }: Lag, workers: number, cores: number): string[] {
  const late = frames.filter((frame) => frame > 2 * SMOOTH_FRAME_MS).length;
  return [
    name,
    milliseconds(quantile(lags, 0.5)),
    milliseconds(quantile(lags, 0.95)),
    milliseconds(Math.max(...lags)),
    figure(1000 / (frames.reduce((sum, frame) => sum + frame, 0) / frames.length)),
    figure(late),
    figure(workers),
    ratio(cores),
  ];
}
