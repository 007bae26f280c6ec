import { randomUUID } from "node:crypto";
import { openPool, type Pool } from "../../server/database/pool.ts";
import { openPrisma, type PrismaClient } from "../../server/database/prisma.ts";

export type ClonedDatabase = {
  readonly url: string;
  readonly pool: Pool;
  readonly prisma: PrismaClient;
  drop(): Promise<void>;
};

/** A migrated, empty database beside `base`, its template, in the PostgreSQL at `adminUrl`; the caller drops it. */
export async function cloneDatabaseAt(adminUrl: string): Promise<ClonedDatabase> {
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
