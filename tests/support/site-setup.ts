import { buildKernels } from "../../server/cli/build-kernels.ts";
import { startTemporaryPostgres } from "../../server/database/embedded/temporary.ts";
import { migrate } from "../../server/database/migrate.ts";
import { buildSite } from "../../server/start/build-site.ts";
import { startServerProcess } from "./server-process.ts";

/**
 * Playwright's global setup: a server of the production build on a database of its own. Tests find them in
 * QUORATE_URL and QUORATE_DATABASE_URL. A site that runs already can be tested instead by setting both.
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env["QUORATE_URL"] !== undefined) return () => Promise.resolve();
  await buildKernels();
  await buildSite(new AbortController().signal);
  const postgres = await startTemporaryPostgres();
  await migrate(postgres.url);
  const server = await startServerProcess(postgres.url, {
    // Many volunteers of one machine take part in the tests.
    ANONYMOUS_PER_HOUR: "10000",
    EXCHANGES_PER_MINUTE: "10000",
    CALLS_PER_MINUTE: "100000",
  });
  process.env["QUORATE_URL"] = server.url;
  process.env["QUORATE_DATABASE_URL"] = postgres.url;
  return async () => {
    await server.stop();
    await postgres.stop();
  };
}
