import pg from "pg";
import { type EmbeddedPostgres, joinPostgres } from "../database/embedded/join.ts";
import type { Settings } from "../settings.ts";
import { StartError } from "./start-error.ts";

/** PostgreSQL 15 is the oldest whose SQL is used here (unique nulls not distinct, merge). */
const OLDEST_VERSION = 150_000;

/** The database that the settings name, checked; or the embedded one, started or joined. @throws {StartError} */
export async function openDatabase(
  settings: Settings,
  dataFolder: string,
  say: (sentence: string) => void,
): Promise<EmbeddedPostgres> {
  if (settings.DATABASE_URL === undefined) return joinPostgres({ dataFolder, say });
  await checkDatabase(settings.DATABASE_URL);
  return { url: settings.DATABASE_URL, leave: () => Promise.resolve() };
}

async function checkDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined); // What matters is said by the calls below.
  try {
    await client.connect();
    const { rows } = await client.query<{ number: string; text: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as text",
    );
    const version = rows[0];
    if (Number(version?.number) >= OLDEST_VERSION) return;
    throw new StartError(`DATABASE_URL names PostgreSQL ${version?.text}; Quorate needs 15 or later.`);
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(explain(error as NodeJS.ErrnoException, url));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function explain(error: NodeJS.ErrnoException, url: string): string {
  const where = hostOf(url);
  switch (error.code) {
    case "ECONNREFUSED":
      return `DATABASE_URL: nothing answers at ${where}; start that PostgreSQL, or leave DATABASE_URL out to use the embedded one.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `DATABASE_URL: there is no machine called ${where}; correct the name.`;
    case "28P01":
    case "28000":
      return `DATABASE_URL: ${where} refuses this user or password; correct them.`;
    case "3D000":
      return `DATABASE_URL: ${where} has no such database; create it (createdb), then start again.`;
    default:
      return `DATABASE_URL: ${where} cannot be used: ${error.message}`;
  }
}

/** Host and port, never the password. */
function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "the address given";
  }
}
