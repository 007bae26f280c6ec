import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inProject } from "../paths.ts";
import { MigrationError, withSchemaEngine } from "./schema-engine.ts";

export { MigrationError };

/** Where the schema and its migrations are; prisma.config.ts says the same to Prisma's command line. */
export const SCHEMA_FOLDER = inProject("prisma/schema");
export const MIGRATIONS_FOLDER = inProject("prisma/migrations");

const NO_FILTERS = { externalTables: [], externalEnums: [] };

export type MigrationSource = { schemaFolder: string; migrationsFolder: string };
export const PROJECT_SOURCE: MigrationSource = { schemaFolder: SCHEMA_FOLDER, migrationsFolder: MIGRATIONS_FOLDER };

/**
 * Brings the database at `url` up to date with prisma/migrations. Any number of processes may do this at once: the
 * engine takes an advisory lock. A migration that fails is rolled back where PostgreSQL can, stays recorded as failed,
 * and blocks later ones until somebody resolves it.
 * @returns names of the migrations applied now, in order.
 * @throws {MigrationError}
 */
export async function migrate(url: string, source: MigrationSource = PROJECT_SOURCE): Promise<string[]> {
  const migrationsList = await readMigrations(source.migrationsFolder);
  return withSchemaEngine(url, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    return appliedMigrationNames;
  });
}

/**
 * The SQL that leads from what the migrations make to what prisma/schema says; empty when they agree. Needs a server
 * in which it may create a database for a moment.
 * @throws {MigrationError}
 */
export async function diffMigrationsToSchema(url: string, source: MigrationSource = PROJECT_SOURCE): Promise<string> {
  const migrationsList = await readMigrations(source.migrationsFolder);
  const files = await readSchema(source.schemaFolder);
  return withSchemaEngine(url, async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: "migrations", ...migrationsList },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    const sql = (stdout ?? "").trim();
    return sql === "-- This is an empty migration." ? "" : sql;
  });
}

/** The files that make up the schema, in the order of their names. */
export async function readSchema(folder: string): Promise<{ path: string; content: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".prisma")).sort();
  return Promise.all(
    names.map(async (name) => ({ path: join(folder, name), content: await readFile(join(folder, name), "utf8") })),
  );
}

/** The migrations on disk, in the form the engine wants: oldest first, each with its text. */
async function readMigrations(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    names.map(async (path) => {
      const content = await readFile(join(folder, path, "migration.sql"), "utf8");
      return { path, migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: content } } };
    }),
  );
  return {
    baseDir: folder,
    // The engine refuses a lock file without content.
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories,
  };
}
