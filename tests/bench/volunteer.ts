import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "@playwright/test";
import type { RecordEntry } from "../../worker/supervisor/view.ts";
import { startHeadless } from "../support/headless.ts";
import { launchBrowser, NO_BROWSER, openBenchSite } from "./bench-site.ts";
import { type Busy, busyShare, type Computed } from "./busy.ts";
import { median, rounds } from "./measure.ts";
import type { Bench, Part, PartReport } from "./part.ts";
import { openSlowProxy } from "./slow-proxy.ts";
import { figure, milliseconds, percent, type Table } from "./table.ts";

const WORK_SECONDS = 1;
const ADDED_LATENCY_MS = 200;
/** The first workunits tell the client how long such ones take, and so how many to fetch ahead. */
const SKIP = 3;
/** The window is so many rounds long: at 5 s, some 30 workunits. */
const WINDOW_ROUNDS = 6;
/** On a busy machine the window is longer: until each worker has computed so many. */
const ENOUGH = SKIP + 6;
const CLICKS = 3;
const FIRST_RESULT_TIMEOUT_MS = 120_000;

export const volunteer: Part = {
  name: "volunteer",
  title: `Busy share of a volunteer with workunits of ${WORK_SECONDS} s; from the click to the first step`,
  run: runVolunteer,
};

async function runVolunteer(bench: Bench): Promise<PartReport> {
  const site = await openBenchSite(bench, { workSeconds: WORK_SECONDS });
  const slow = await openSlowProxy(site.url, ADDED_LATENCY_MS / 2);
  try {
    await site.project.submit(2_000);
    const seconds = Math.max(bench.seconds * WINDOW_ROUNDS, (SKIP + 3) * WORK_SECONDS);
    const ways = [
      { name: "", url: localhost(site.url) },
      { name: `, ${ADDED_LATENCY_MS} ms added`, url: slow.url },
    ];
    const rows: string[][] = [];
    for (const { name, url } of ways) {
      bench.say(`headless${name}`);
      rows.push(busyRow(`headless (Node)${name}`, await headless(url, seconds)));
    }
    const chromium = await launchBrowser();
    const clicks: Table["rows"][number][] = [];
    if (chromium === null) rows.push(["Chromium", `could not run: ${NO_BROWSER}`]);
    else {
      try {
        for (const { name, url } of ways) {
          bench.say(`Chromium${name}`);
          rows.push(busyRow(`Chromium${name}`, await inBrowser(chromium.browser, url, seconds)));
          const waits = await rounds(CLICKS, () => fromClick(chromium.browser, url));
          clicks.push([`Chromium${name}`, milliseconds(median(waits)), milliseconds(Math.max(...waits))]);
        }
      } finally {
        await chromium.close();
      }
    }
    return report(rows, clicks);
  } finally {
    await slow.close();
    await site.close();
  }
}

function report(rows: string[][], clicks: Table["rows"][number][]): PartReport {
  return {
    tables: [
      {
        title: "computing time over wall time (aim: 97 %)",
        head: ["", "busy", "workers", "workunits", "mean length", "mean pause between"],
        rows,
      },
      {
        title: `from the click on Start to the first step, a new visitor each time (${CLICKS} visits; aim: 2000 ms)`,
        head: ["", "median", "slowest"],
        rows: clicks,
      },
    ],
    notes: [
      "Computing: from the start of a workunit's first step to the end of its last, by the compute worker's own clock. Wall: from end to end.",
      `The first ${SKIP} workunits of each worker do not count: they teach the client how much to fetch ahead. Preset in Chromium: all.`,
      "The server, PostgreSQL, the proxy and the volunteer share the cores.",
    ],
  };
}

function busyRow(name: string, { share, workers, workunits, meanMs, gapMs }: Busy): string[] {
  return [name, percent(share), String(workers), figure(workunits), milliseconds(meanMs), milliseconds(gapMs)];
}

/** The name by which a browser takes plain HTTP for a secure context on every machine. */
export function localhost(url: string): string {
  const own = new URL(url);
  own.hostname = "localhost";
  return own.href;
}

async function headless(url: string, seconds: number): Promise<Busy> {
  const identity = await mkdtemp(join(tmpdir(), "quorate-bench-"));
  const program = startHeadless({ url, identity, name: "bench" });
  try {
    await waitFor(() => computedIn(program.output()).length > 0, program.output);
    await delay(seconds * 1000);
    await waitFor(() => computedIn(program.output()).length >= ENOUGH, program.output);
    return busyShare(computedIn(program.output()), SKIP);
  } finally {
    await program.stop();
    await rm(identity, { recursive: true, force: true });
  }
}

/** The lines that say what was computed. */
function computedIn(output: string): Computed[] {
  return output.split("\n").flatMap((line) => {
    if (!line.includes('"computed"')) return [];
    const { time, seconds } = JSON.parse(line) as { time: string; seconds: number };
    return { endMs: Date.parse(time), elapsedMs: seconds * 1000 };
  });
}

async function inBrowser(browser: Browser, url: string, seconds: number): Promise<Busy> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await begin(page, url, "all");
    await waitFor(
      async () => (await recordsOf(page)).length > 0,
      () => textOf(page),
    );
    await delay(seconds * 1000);
    const enough = ENOUGH * (await page.getByTestId("worker").count());
    await waitFor(
      async () => (await recordsOf(page)).length >= enough,
      () => textOf(page),
    );
    const records = await recordsOf(page);
    return busyShare(
      records.flatMap(({ finishedAtMs, elapsedMs }) => (elapsedMs === null ? [] : { endMs: finishedAtMs, elapsedMs })),
      SKIP,
    );
  } finally {
    await context.close();
  }
}

/** Milliseconds from the click to the first step of the first workunit. */
async function fromClick(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const clickedAt = await begin(page, url, "all");
    await waitFor(
      async () => (await recordsOf(page)).length > 0,
      () => textOf(page),
    );
    const begun = (await recordsOf(page)).map(({ finishedAtMs, elapsedMs }) => finishedAtMs - (elapsedMs ?? 0));
    return Math.min(...begun) - clickedAt;
  } finally {
    await context.close();
  }
}

/** Chooses the preset and presses Start. @returns when, milliseconds since 1970. */
export async function begin(page: Page, url: string, preset: "gentle" | "balanced" | "all"): Promise<number> {
  await page.goto(url);
  const start = page.getByTestId("start");
  await page.waitForFunction(() => document.querySelector("[data-testid=start]:not([disabled])") !== null);
  await choosePreset(page, preset);
  await start.evaluate((button) => {
    button.addEventListener("click", () => Object.assign(window, { clickedAt: Date.now() }), { once: true });
  });
  await start.click();
  return page.evaluate(() => (window as unknown as { clickedAt: number }).clickedAt);
}

const PRESETS = ["gentle", "balanced", "all"] as const;
export type BenchPreset = (typeof PRESETS)[number];

/** The three are radio buttons in this order. */
export async function choosePreset(page: Page, preset: BenchPreset): Promise<void> {
  await page.getByRole("radio").nth(PRESETS.indexOf(preset)).check({ force: true });
}

/** The record of what ran in this browser, where the page keeps it. */
async function recordsOf(page: Page): Promise<RecordEntry[]> {
  const records = await page.evaluate(async () => {
    const wait = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    // Opening it would make it.
    if (!(await indexedDB.databases()).some(({ name }) => name === "quorate")) return [];
    const database = await wait(indexedDB.open("quorate"));
    try {
      if (!database.objectStoreNames.contains("records")) return [];
      return await wait(database.transaction("records").objectStore("records").getAll());
    } finally {
      database.close();
    }
  });
  return (records as RecordEntry[]).filter((record) => record.ended === "output");
}

async function textOf(page: Page): Promise<string> {
  return (await page.locator("body").textContent()) ?? "";
}

async function waitFor(done: () => boolean | Promise<boolean>, instead: () => string | Promise<string>): Promise<void> {
  const end = performance.now() + FIRST_RESULT_TIMEOUT_MS;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`nothing was computed in time:\n${(await instead()).slice(-1500)}`);
    await delay(100);
  }
}
