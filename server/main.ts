import { createServer, type Server } from "node:http";
import { isAbsolute, join } from "node:path";
import { backgroundTasks } from "./background.ts";
import { openPool, type Pool } from "./database/pool.ts";
import { openPrisma } from "./database/prisma.ts";
import { createHandler } from "./http/handler.ts";
import { listen } from "./http/listen.ts";
import { noPages, openPages } from "./http/pages.ts";
import { routes } from "./http/routes.ts";
import { cutStalledBodies } from "./http/stalled-bodies.ts";
import { createLogger, type Logger } from "./logging.ts";
import { PROJECT_ROOT } from "./paths.ts";
import type { Services } from "./services.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";
import { StartError } from "./start/start-error.ts";
import { provideServerCaller } from "./trpc/caller.ts";
import { createContext } from "./trpc/context.ts";
import { createCaller } from "./trpc/router.ts";

export type ServeOptions = {
  settings: Settings;
  databaseUrl: string;
  log?: Logger;
  /** Next's development server with hot reload instead of the built site. */
  development?: boolean;
};

export type RunningServer = {
  /** Where a browser on this machine finds the site. */
  url: string;
  port: number;
  services: Services;
  /** Stops taking requests, lets those in progress finish for a while, then stops everything else. */
  stop(): Promise<void>;
};

/**
 * Serves the site from this process: HTTP, tRPC, pages and the background tasks. The folder must be prepared (client
 * generated, database migrated, site built), which server/start/start.ts does.
 * @throws {StartError} when the port is taken.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { settings, development = false } = options;
  const log = options.log ?? createLogger(settings);
  const stopping = new AbortController();
  const pool = openPool(options.databaseUrl, {
    maxConnections: settings.DATABASE_CONNECTIONS,
    onIdleError: (error) => log.warn({ err: error }, "a database connection broke"),
  });
  const services: Services = {
    settings,
    log,
    pool,
    prisma: openPrisma(pool),
    dataFolder: isAbsolute(settings.DATA_FOLDER) ? settings.DATA_FOLDER : join(PROJECT_ROOT, settings.DATA_FOLDER),
    stopping: stopping.signal,
  };
  const server = createServer();
  // Volunteers come back every few seconds to minutes: keeping their connections saves both sides the handshake.
  server.keepAliveTimeout = 65_000;
  // Node would end a request after a time, whatever of its body still comes: files and packages have slow senders.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  try {
    const pages = settings.PAGES === "on" ? await openPages(server, settings.PORT, development) : noPages;
    provideServerCaller((cookie) => createCaller(createContext(services, { page: { cookie } })));
    const stopLooking = cutStalledBodies(server);
    server.on("request", createHandler({ services, routes, renderPage: pages.render, development }));
    const port = await listen(server, settings);
    const stopTasks = backgroundTasks.map((task) => task.start(services));
    return {
      url: settings.PUBLIC_URL ?? `http://localhost:${port}`,
      port,
      services,
      async stop() {
        stopping.abort();
        await drain(server, settings.SHUTDOWN_SECONDS);
        stopLooking();
        await Promise.all(stopTasks.map((stopTask) => stopTask()));
        await pages.close();
        await closeDatabase(services);
      },
    };
  } catch (error) {
    server.close();
    await closeDatabase(services);
    throw error;
  }
}

async function closeDatabase({ prisma, pool }: { prisma: Services["prisma"]; pool: Pool }): Promise<void> {
  await prisma.$disconnect();
  await pool.end();
}

/** Ends idle connections at once, busy ones when they are done, the rest when `limitSeconds` are over. */
function drain(server: Server, limitSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), limitSeconds * 1000);
    // A connection that has just had its answer would be kept alive for the client's next call.
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const IDLE_SWEEP_MS = 50;

/**
 * `node server/main.ts`: one more process for a database and a folder that are prepared already. Its log's line
 * "listening" says where.
 */
async function main(): Promise<void> {
  const settings = readSettings();
  const databaseUrl = settings.DATABASE_URL;
  if (databaseUrl === undefined) throw new StartError("Set DATABASE_URL; or use npm start, which brings a database.");
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  const server = await serve({ settings, databaseUrl });
  server.services.log.info({ url: server.url, port: server.port }, "listening");
  await stopped;
  await server.stop();
}

if (import.meta.main) {
  try {
    await main();
    process.exit(0);
  } catch (error) {
    const expected = error instanceof StartError || error instanceof SettingsError;
    process.stderr.write(`${expected ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  }
}
