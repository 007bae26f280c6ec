import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, inject } from "vitest";
import { openPool, type Pool } from "../../server/database/pool.ts";
import { openPrisma, type PrismaClient } from "../../server/database/prisma.ts";

export type TestDatabase = {
  readonly url: string;
  readonly pool: Pool;
  readonly prisma: PrismaClient;
};

/**
 * Gives the test file (or the `describe` it is called in) a migrated, empty database of its own: cloned from the
 * template before its tests, dropped after them. Read the fields inside tests and hooks, not while tests are collected.
 */
export function withDatabase(): TestDatabase {
  let opened: (TestDatabase & { drop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    opened = await cloneDatabase();
  });
  afterAll(() => opened?.drop());
  const current = () => {
    if (opened === undefined) throw new Error("withDatabase(): the database exists only while tests run");
    return opened;
  };
  return {
    get url() {
      return current().url;
    },
    get pool() {
      return current().pool;
    },
    get prisma() {
      return current().prisma;
    },
  };
}

/** A migrated, empty database; the caller drops it. */
export async function cloneDatabase(): Promise<TestDatabase & { drop(): Promise<void> }> {
  const adminUrl = inject("postgresUrl");
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  const admin = openPool(adminUrl, { maxConnections: 1 });
  await admin.query(`create database ${name} template base`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = openPool(url.href);
  const prisma = openPrisma(pool);
  return {
    url: url.href,
    pool,
    prisma,
    async drop() {
      await prisma.$disconnect();
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
