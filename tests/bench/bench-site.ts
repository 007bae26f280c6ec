import { type Browser, type BrowserServer, chromium } from "@playwright/test";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { buildSite } from "../../server/start/build-site.ts";
import { findBrowser } from "../support/find-browser.ts";
import { atlasInput, iterationsFor } from "./atlas-work.ts";
import { type BenchProject, createBenchProject } from "./bench-project.ts";
import { createDataFolder, startBenchServer } from "./bench-server.ts";
import type { Bench } from "./part.ts";

/** The production site, with work of a chosen length for those who come. */
export interface BenchSite {
  readonly url: string;
  readonly project: BenchProject;
  close(): Promise<void>;
}

/** 64 x 64 pixels: an output of 16 KB, which travels inside the exchange. */
const TILE_SIDE = 64;

/** `workSeconds`: how long a workunit takes one compute worker of this machine at full pace. */
export async function openBenchSite(bench: Bench, { workSeconds }: { workSeconds: number }): Promise<BenchSite> {
  bench.say("building the site, if it has changed");
  await buildKernels();
  await buildSite(new AbortController().signal);
  const iterations = await iterationsFor(workSeconds, TILE_SIDE);
  const database = await bench.databases.create();
  const dataFolder = await createDataFolder();
  const project = await createBenchProject(database, {
    dataFolder: dataFolder.path,
    kernel: "atlas",
    // Each a little different, so that no two inputs are the same file.
    input: (index) => atlasInput(iterations * (1 + (index % 100) / 5_000), TILE_SIDE),
  });
  const server = await startBenchServer(database, { pages: true, dataFolder: dataFolder.path });
  return {
    url: server.url,
    project,
    async close() {
      await server.stop();
      await database.drop();
      await dataFolder.remove();
    },
  };
}

/** A Chromium without a graphics adapter, and the process id of its first process. Null where there is none. */
export async function launchBrowser(): Promise<{ browser: Browser; pid: number; close(): Promise<void> } | null> {
  const executablePath = findBrowser();
  if (executablePath === undefined) return null;
  const server: BrowserServer = await chromium.launchServer({ executablePath });
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, pid: server.process().pid ?? 0, close: () => server.close() };
}

export const NO_BROWSER = "no Chromium (install one, or name it: CHROMIUM_PATH)";
