import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { migrate } from "../../database/migrate.ts";
import { openPool } from "../../database/pool.ts";
import { openPrisma } from "../../database/prisma.ts";
import { type Deps, openDeps } from "../../deps.ts";
import { PROJECT_ROOT } from "../../paths.ts";
import { readSettings } from "../../settings.ts";
import { openDatabase } from "../../start/open-database.ts";

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export type Scratch = {
  /** An engine on an empty, migrated database. */
  deps: Deps;
  close(): Promise<void>;
};

/**
 * A scratch database beside the configured one, or on the embedded server, dropped at the end. Nothing of a running site is
 * read or changed.
 */
export async function openScratch(): Promise<Scratch> {
  const settings = readSettings();
  const dataFolder = isAbsolute(settings.DATA_FOLDER) ? settings.DATA_FOLDER : join(PROJECT_ROOT, settings.DATA_FOLDER);
  const server = await openDatabase(settings, dataFolder, () => undefined);
  const storageFolder = await mkdtemp(join(tmpdir(), "quorate-timeline-"));
  const admin = openPool(server.url, { maxConnections: 1, applicationName: "quorate timeline" });
  const name = `quorate_timeline_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  // Undone in reverse order, as far as things had come.
  const undo: (() => Promise<unknown>)[] = [
    () => server.leave(),
    () => rm(storageFolder, { recursive: true, force: true }),
    () => admin.end(),
  ];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
    undo.push(() => admin.query(`drop database ${name} with (force)`));
    await migrate(url.href);
    // What is dropped a moment later need not survive a power cut.
    url.searchParams.set("options", "-c synchronous_commit=off");
    const pool = openPool(url.href, { maxConnections: 3, applicationName: "quorate timeline" });
    const prisma = openPrisma(pool);
    undo.push(
      () => pool.end(),
      () => prisma.$disconnect(),
    );
    return { deps: await openDeps({ pool, prisma, log: SILENT, dataFolder: storageFolder }), close };
  } catch (error) {
    await close();
    throw error;
  }
}
