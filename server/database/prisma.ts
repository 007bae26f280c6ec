import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "../../prisma/generated/client.ts";
import type { Pool } from "./pool.ts";

export type { PrismaClient };

/** Prisma over a pool that somebody else opened and will close: hand-written SQL and Prisma share its connections. */
export function openPrisma(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}
