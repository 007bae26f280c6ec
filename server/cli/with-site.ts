import { mkdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { generateClient } from "../database/generate-client.ts";
import type { Deps } from "../deps.ts";
import { PROJECT_ROOT } from "../paths.ts";
import { Refusal } from "../refusal.ts";
import { readSettings, SettingsError } from "../settings.ts";
import { openDatabase } from "../start/open-database.ts";
import { StartError } from "../start/start-error.ts";

const SILENT = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };

/**
 * For the operator's commands: the engine on the database of this installation, which may be serving meanwhile, brought up
 * to date first. What is refused is a sentence and exit code 1.
 * @returns the exit code that `use` answers.
 */
export async function withSite(use: (deps: Deps) => Promise<number>): Promise<number> {
  try {
    const settings = readSettings();
    const dataFolder = isAbsolute(settings.DATA_FOLDER)
      ? settings.DATA_FOLDER
      : join(PROJECT_ROOT, settings.DATA_FOLDER);
    await mkdir(dataFolder, { recursive: true });
    await generateClient();
    // What reads generated code is imported only after it was generated.
    const [{ migrate }, { openPool }, { openPrisma }, { openDeps }, { openStorage }] = await Promise.all([
      import("../database/migrate.ts"),
      import("../database/pool.ts"),
      import("../database/prisma.ts"),
      import("../deps.ts"),
      import("../storage/open-storage.ts"),
    ]);
    const database = await openDatabase(settings, dataFolder, () => undefined);
    try {
      await migrate(database.url);
      const pool = openPool(database.url, { maxConnections: 4, applicationName: "quorate command" });
      const prisma = openPrisma(pool);
      try {
        const storage = openStorage(settings, dataFolder);
        return await use(await openDeps({ pool, prisma, log: SILENT, dataFolder }, { storage }));
      } finally {
        await prisma.$disconnect();
        await pool.end();
      }
    } finally {
      await database.leave();
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof StartError || error instanceof SettingsError)) throw error;
    console.error(error.message);
    return 1;
  }
}
