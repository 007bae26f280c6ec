import type { Pool } from "./database/pool.ts";
import type { PrismaClient } from "./database/prisma.ts";
import type { Logger } from "./logging.ts";
import type { Settings } from "./settings.ts";

/** What a process has one of, made by server/main.ts (or by a test) and handed to whoever needs it. */
export type Services = {
  settings: Settings;
  log: Logger;
  pool: Pool;
  prisma: PrismaClient;
  /** Folder of this installation's data (stored files and, when embedded, the database), absolute. */
  dataFolder: string;
  /** Aborted when the process begins to stop: long answers (event streams, long polls) end themselves then. */
  stopping: AbortSignal;
};
