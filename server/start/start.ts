import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { nowSeconds } from "../clock.ts";
import type { EmbeddedPostgres } from "../database/embedded/join.ts";
import { generateClient } from "../database/generate-client.ts";
import { MigrationError } from "../database/migrate.ts";
import { checkPort } from "../http/listen.ts";
import { createLogger } from "../logging.ts";
import type { RunningServer } from "../main.ts";
import { inProject, PROJECT_ROOT } from "../paths.ts";
import { readSettings, type Settings, SettingsError } from "../settings.ts";
import { buildSite } from "./build-site.ts";
import { withFileLock } from "./file-lock.ts";
import { openDatabase } from "./open-database.ts";
import { StartError } from "./start-error.ts";
import { step } from "./step.ts";

/**
 * `npm start`: prepares the folder (what is prepared already is left alone, so a second start takes seconds) and serves.
 * What reads generated code is imported only after it was generated.
 */
async function main(development: boolean, stopping: AbortController): Promise<void> {
  const settings = readSettings();
  const dataFolder = isAbsolute(settings.DATA_FOLDER) ? settings.DATA_FOLDER : join(PROJECT_ROOT, settings.DATA_FOLDER);
  await checkPort(settings);
  await mkdir(dataFolder, { recursive: true });
  const stopped = whenAborted(stopping.signal);
  let database: EmbeddedPostgres | undefined;
  try {
    // Two starts in one folder at once prepare it one after the other.
    await withFileLock(
      join(dataFolder, "start.lock"),
      async () => {
        await step("Generating the database client", generateClient);
        database = await step("Starting the database", () => openDatabase(settings, dataFolder, say));
        await prepare(database.url, development, stopping.signal);
      },
      {
        onWait: (pid) => say(`Another start (process ${pid}) is preparing this folder; waiting for it.`),
        signal: stopping.signal,
      },
    );
    if (database !== undefined && !stopping.signal.aborted)
      await serveUntil(stopped, { settings, database, development });
  } finally {
    await (database as EmbeddedPostgres | undefined)?.leave();
  }
}

async function prepare(databaseUrl: string, development: boolean, signal: AbortSignal): Promise<void> {
  const { migrate } = await import("../database/migrate.ts");
  const applied = await step("Migrating the database", () => migrate(databaseUrl));
  if (applied.length > 0) say(`Migrations applied: ${applied.join(", ")}`);
  signal.throwIfAborted();
  const { buildKernels } = await import("../cli/build-kernels.ts");
  await step("Building the kernels", buildKernels);
  signal.throwIfAborted();
  const { buildClient } = await import("./build-client.ts");
  await step("Packing the programs for scientists", buildClient);
  signal.throwIfAborted();
  await seed(databaseUrl);
  signal.throwIfAborted();
  if (!development) await step("Building the site (once, and after changes)", () => buildSite(signal));
}

/** Publishes the example projects, when they are not there yet. */
async function seed(databaseUrl: string): Promise<void> {
  const path = inProject("prisma/seed.ts");
  if (!existsSync(path)) return;
  const module = (await import(path)) as { seed(databaseUrl: string): Promise<void> };
  await step("Loading the example projects", () => module.seed(databaseUrl));
}

type Serving = { settings: Settings; database: EmbeddedPostgres; development: boolean };

async function serveUntil(stopped: Promise<void>, { settings, database, development }: Serving): Promise<void> {
  const { serve } = await import("../main.ts");
  const log = createLogger(settings);
  const server = await serve({ settings, databaseUrl: database.url, log, development });
  greet(server.url);
  await offerOperatorLink(server);
  await stopped;
  say("Stopping: requests in progress finish first (Ctrl-C again to cut them off).");
  await server.stop();
}

function greet(url: string): void {
  const elsewhere = url === "http://localhost:3000" ? "" : ` --url ${url}`;
  say(`
Quorate is running at ${url}

  1. Open it and press Start: this computer begins to compute.
  2. A result counts when volunteers of different users agree. Alone? Start a second one in another terminal:
       npm run volunteer -- --as NAME${elsewhere}
  3. Watch ${url}/credit and the project pages.

Ctrl-C stops everything.
`);
}

/** A site that nobody runs yet is offered to whoever sits at its terminal. */
async function offerOperatorLink({ url, services }: RunningServer): Promise<void> {
  const { hasOperator, makeOperatorLink } = await import("../operator/operator-link.ts");
  if (await hasOperator(services.pool)) return;
  const path = await makeOperatorLink(services.pool, nowSeconds());
  say(`Nobody runs this site yet. Sign in, then open this link, once and within two days, to become its operator:

  ${url}${path}
`);
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** The first signal stops in order; a second one does not wait. */
function stopOnSignals(stopping: AbortController): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort();
    });
  }
}

const stopping = new AbortController();
stopOnSignals(stopping);
try {
  await main(process.argv.includes("--dev"), stopping);
  say("Stopped.");
  process.exit(0);
} catch (error) {
  if (stopping.signal.aborted && (error as Error).name === "AbortError") process.exit(0);
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof StartError || error instanceof SettingsError) return error.message;
  if (error instanceof MigrationError) return `Migrating the database failed: ${error.message}`;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC") return "The disk is full; make room and start again.";
  if (code === "EACCES" || code === "EPERM") {
    return `${(error as Error).message}; this folder belongs to another user, start as that user or make a clone of your own.`;
  }
  return `Something unexpected went wrong: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
