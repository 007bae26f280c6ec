import { afterAll, beforeAll, inject } from "vitest";
import type { Pool } from "../../server/database/pool.ts";
import type { PrismaClient } from "../../server/database/prisma.ts";
import { cloneDatabaseAt } from "./clone-database.ts";

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
export function cloneDatabase(): Promise<TestDatabase & { drop(): Promise<void> }> {
  return cloneDatabaseAt(inject("postgresUrl"));
}
