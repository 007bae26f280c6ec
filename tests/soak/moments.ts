import { setTimeout as delay } from "node:timers/promises";
import type { BrowserVolunteer } from "./browser-volunteer.ts";
import type { SoakSite } from "./site.ts";

/** What goes wrong in the course of a run, as it does in half an hour of many people's lives. */

export interface Cast {
  readonly site: SoakSite;
  /** With WebGPU. Most of it happens to her. */
  readonly ada: BrowserVolunteer;
  /** Without WebGPU; his tab stays open all the time, so that its memory tells of leaks. */
  readonly ben: BrowserVolunteer;
  readonly killHeadless: () => Promise<void>;
  readonly stopHeadless: () => Promise<void>;
  readonly startHeadless: () => void;
}

export interface Moment {
  /** Share of the whole run that has passed. */
  readonly at: number;
  readonly name: string;
  happen(cast: Cast): Promise<void>;
}

/** Long enough that finished work gathers and the page says that it is alone. */
const OFFLINE_MS = 60_000;
const AWAY_MS = 20_000;

export const MOMENTS: readonly Moment[] = [
  {
    at: 0.08,
    name: "ada reloads her tab",
    happen: async ({ ada }) => void (await ada.page().reload()),
  },
  { at: 0.16, name: "ben is offline for a minute", happen: ({ ben }) => offline(ben) },
  {
    at: 0.24,
    name: "kill -9 of a headless volunteer, back after 20 s",
    async happen({ killHeadless, startHeadless }) {
      await killHeadless();
      await delay(AWAY_MS);
      startHeadless();
    },
  },
  {
    at: 0.32,
    name: "ada's GPU process is killed",
    async happen({ ada }) {
      if (!(await ada.killGpuProcess())) throw new Error("she has no GPU process");
    },
  },
  {
    at: 0.4,
    name: "the server is stopped and started again, as for an update",
    async happen({ site }) {
      await site.stop();
      await site.start();
    },
  },
  {
    at: 0.48,
    name: "ada opens a second tab, starts there too, and closes the first",
    async happen({ ada, site }) {
      const first = ada.page();
      const second = await ada.context().newPage();
      await second.goto(site.url);
      await first.close();
      await ada.pressStart();
    },
  },
  {
    at: 0.56,
    name: "kill -9 of ada's browser, opened again after 20 s",
    async happen({ ada }) {
      await ada.kill();
      await delay(AWAY_MS);
      await ada.begin();
    },
  },
  {
    at: 0.64,
    name: "a headless volunteer is stopped in order, back after 20 s",
    async happen({ stopHeadless, startHeadless }) {
      await stopHeadless();
      await delay(AWAY_MS);
      startHeadless();
    },
  },
  {
    at: 0.72,
    name: "kill -9 of the server, started again after 20 s",
    async happen({ site }) {
      await site.kill();
      await delay(AWAY_MS);
      await site.start();
    },
  },
  {
    at: 0.8,
    name: "ada presses Stop, and Start after 20 s",
    async happen({ ada }) {
      await ada.page().getByTestId("stop").click();
      await delay(AWAY_MS);
      await ada.pressStart();
    },
  },
  { at: 0.88, name: "ben is offline for a minute again", happen: ({ ben }) => offline(ben) },
];

async function offline(volunteer: BrowserVolunteer): Promise<void> {
  await volunteer.context().setOffline(true);
  await delay(OFFLINE_MS);
  await volunteer.context().setOffline(false);
}
