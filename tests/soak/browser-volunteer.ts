import { type BrowserContext, chromium, type Page } from "@playwright/test";
import { findBrowser, NoBrowserError } from "../support/find-browser.ts";
import { allProcesses, familyOf, memoryOfMib } from "./processes.ts";

/** A person at a browser of their own, with a profile that outlives it. */
export interface BrowserVolunteer {
  readonly name: string;
  /** Opens the browser and its tab, and presses Start. */
  begin(): Promise<void>;
  page(): Page;
  context(): BrowserContext;
  /** Presses Start, unless it computes by itself already. */
  pressStart(): Promise<void>;
  /** What the panel says about itself: its phase and the sentences below. */
  says(): Promise<string>;
  /** MiB of the processes of the tabs, of the graphics card, and of all. */
  memory(): Promise<{ tabs: number; gpu: number; all: number }>;
  killGpuProcess(): Promise<boolean>;
  /** kill -9 of the whole browser. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface BrowserVolunteerOptions {
  readonly name: string;
  readonly url: string;
  readonly profile: string;
  readonly gpu: boolean;
  readonly viewport: { width: number; height: number };
  /** Errors and warnings of the console, of scripts and of workers. */
  onTrouble(text: string): void;
}

const PATIENCE_MS = 180_000;

export function createBrowserVolunteer(options: BrowserVolunteerOptions): BrowserVolunteer {
  const { name, url, profile, gpu, viewport, onTrouble } = options;
  let opened: BrowserContext | null = null;
  let tab: Page | null = null;

  const page = (): Page => {
    const current = tab?.isClosed() === false ? tab : opened?.pages().at(-1);
    if (current === undefined) throw new Error(`${name} has no tab`);
    tab = current;
    return current;
  };

  function listen(to: Page): void {
    to.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") onTrouble(`${message.type()}: ${message.text()}`);
    });
    to.on("pageerror", (error) => onTrouble(`pageerror: ${error.message}`));
    to.on("crash", () => onTrouble("the tab crashed"));
  }

  /** The browser's first process, known by its profile. */
  async function family() {
    const all = await allProcesses();
    const root = all.find(
      ({ command }) => command.includes(`--user-data-dir=${profile}`) && !command.includes("--type="),
    );
    return root === undefined ? [] : familyOf(root.pid, all);
  }

  async function pressStart(): Promise<void> {
    const start = page().getByTestId("start");
    const running = page().getByTestId("stop");
    await start.or(running).first().waitFor({ timeout: PATIENCE_MS });
    if (await running.isVisible()) return;
    await page().waitForFunction(() => document.querySelector("[data-testid=start]:not([disabled])") !== null, null, {
      timeout: PATIENCE_MS,
    });
    await start.click({ timeout: PATIENCE_MS });
  }

  return {
    name,
    page,
    pressStart,
    context() {
      if (opened === null) throw new Error(`${name} has no browser`);
      return opened;
    },
    async begin() {
      const executablePath = findBrowser();
      if (executablePath === undefined) throw new NoBrowserError("no Chromium is installed");
      opened = await chromium.launchPersistentContext(profile, {
        executablePath,
        viewport,
        timeout: PATIENCE_MS,
        args: gpu ? ["--enable-unsafe-webgpu"] : [],
      });
      opened.setDefaultTimeout(PATIENCE_MS);
      opened.on("page", listen);
      tab = opened.pages()[0] ?? null;
      if (tab === null) tab = await opened.newPage();
      else listen(tab);
      await tab.goto(url, { timeout: PATIENCE_MS });
      await pressStart();
    },
    async says() {
      const phase = page().getByTestId("phase");
      if ((await phase.count()) === 0) return "not started";
      const [state, text] = await Promise.all([phase.getAttribute("data-phase"), phase.textContent()]);
      return `${state}: ${text?.replaceAll(/\s+/g, " ").trim()}`;
    },
    async memory() {
      const members = await family();
      const ofType = (type: string) => members.filter(({ command }) => command.includes(`--type=${type}`));
      const [tabs, gpuProcess, all] = await Promise.all([
        memoryOfMib(ofType("renderer")),
        memoryOfMib(ofType("gpu-process")),
        memoryOfMib(members),
      ]);
      return { tabs, gpu: gpuProcess, all };
    },
    async killGpuProcess() {
      const found = (await family()).find(({ command }) => command.includes("--type=gpu-process"));
      if (found !== undefined) process.kill(found.pid, "SIGKILL");
      return found !== undefined;
    },
    async kill() {
      const [root] = await family();
      const closed = new Promise((resolve) => opened?.once("close", resolve));
      if (root !== undefined) process.kill(root.pid, "SIGKILL");
      await closed;
      tab = null;
      opened = null;
    },
    async close() {
      await opened?.close();
      opened = null;
    },
  };
}
