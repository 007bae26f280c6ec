import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withTemporaryPostgres } from "../database/embedded/temporary.ts";
import { diffMigrationsToSchema, MIGRATIONS_FOLDER, MigrationError } from "../database/migrate.ts";

/**
 * `npm run migration:new -- NAME`: writes prisma/migrations/NNNN_NAME/migration.sql with what prisma/schema has and
 * the migrations lack. What Prisma's schema cannot say is then added to that file by hand.
 */
async function main(): Promise<number> {
  const name = process.argv[2];
  if (name === undefined || !/^[a-z0-9_]{1,60}$/.test(name)) {
    console.error("usage: npm run migration:new -- NAME   (NAME in lower case letters, digits and _)");
    return 2;
  }
  const sql = await withTemporaryPostgres(diffMigrationsToSchema);
  if (sql === "")
    console.log("The migrations already say what prisma/schema says; an empty file for hand-written SQL follows.");
  const folder = join(MIGRATIONS_FOLDER, `${await nextNumber()}_${name}`);
  await mkdir(folder, { recursive: true });
  const file = join(folder, "migration.sql");
  await writeFile(file, `${sql}\n`);
  await writeFile(join(MIGRATIONS_FOLDER, "migration_lock.toml"), 'provider = "postgresql"\n');
  console.log(`written: ${file}`);
  return 0;
}

/** Migrations are applied in the order of their names: 0001, 0002 ... */
async function nextNumber(): Promise<string> {
  const names = await readdir(MIGRATIONS_FOLDER).catch(() => []);
  const numbers = names.map((name) => Number.parseInt(name, 10)).filter(Number.isInteger);
  return String(Math.max(0, ...numbers) + 1).padStart(4, "0");
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof MigrationError ? error.message : error);
  process.exit(1);
}
