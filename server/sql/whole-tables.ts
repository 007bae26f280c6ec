import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";

const BEGIN = {
  /** Everything read is of one moment. */
  read: "begin isolation level repeatable read, read only",
  write: "begin",
};

/**
 * A transaction over whole tables, for the operator's commands: PostgreSQL plans it as it likes, unlike those of
 * `inTransaction`, in which only few rows are touched.
 */
export async function overWholeTables<T>(
  { pool, boundary }: Pick<Deps, "pool" | "boundary">,
  { name, what }: { name: string; what: keyof typeof BEGIN },
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(BEGIN[what]);
    const value = await use(client);
    await boundary?.(name, "before_commit");
    await client.query("commit");
    return value;
  } catch (error) {
    await client.query("rollback").catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
