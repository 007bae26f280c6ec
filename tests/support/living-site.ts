import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildKernels } from "../../server/cli/build-kernels.ts";
import { nowSeconds } from "../../server/clock.ts";
import { startTemporaryPostgres } from "../../server/database/embedded/temporary.ts";
import { generateClient } from "../../server/database/generate-client.ts";
import { openPool } from "../../server/database/pool.ts";
import { makeOperatorLink } from "../../server/operator/operator-link.ts";
import { buildSite } from "../../server/start/build-site.ts";
import { type Headless, startHeadless } from "./headless.ts";
import { startServerProcess } from "./server-process.ts";

/** A site as `npm start` makes it, with the example projects, in a temporary folder, and volunteers without browsers. */
export type LivingSite = {
  url: string;
  databaseUrl: string;
  /** Everything the server has written so far; without a mail server, mails are among it. */
  output(): string;
  /** A path that makes its opener an operator. */
  operatorLink(): Promise<string>;
  /** One more person who computes, on one core; with the code `link`, one more device of the account that made it. */
  volunteer(name: string, link?: string): Headless;
  close(): Promise<void>;
};

export async function openLivingSite(environment: Record<string, string> = {}): Promise<LivingSite> {
  await generateClient();
  await buildKernels();
  await buildSite(new AbortController().signal);
  const folder = await mkdtemp(join(tmpdir(), "quorate-living-"));
  const postgres = await startTemporaryPostgres();
  const volunteers: Headless[] = [];
  // The seed stores files and reads where from the environment, as it does in `npm start`.
  process.env["DATA_FOLDER"] = folder;
  // What reads generated code is imported only after it was generated.
  const [{ migrate }, { seed }] = await Promise.all([
    import("../../server/database/migrate.ts"),
    import("../../prisma/seed.ts"),
  ]);
  await migrate(postgres.url);
  await seed(postgres.url);
  const server = await startServerProcess(postgres.url, {
    DATA_FOLDER: folder,
    ANONYMOUS_PER_HOUR: "1000",
    CALLS_PER_MINUTE: "100000",
    PAGES_PER_MINUTE: "100000",
    ...environment,
  });
  return {
    url: server.url,
    databaseUrl: postgres.url,
    output: () => server.output(),
    async operatorLink() {
      const pool = openPool(postgres.url, { maxConnections: 1 });
      try {
        return await makeOperatorLink(pool, nowSeconds());
      } finally {
        await pool.end();
      }
    },
    volunteer(name, link) {
      const volunteer = startHeadless({ url: server.url, identity: join(folder, `volunteer-${name}`), name, link });
      volunteers.push(volunteer);
      return volunteer;
    },
    async close() {
      await Promise.all(volunteers.map((volunteer) => volunteer.stop()));
      await server.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
