import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";

/** Another transaction changed what this one decided on: decide again. */
export class ConcurrencyError extends Error {
  override name = "ConcurrencyError";
}

const MOST_ATTEMPTS = 5;

/**
 * Every statement of a transaction here touches few rows by an index. While a table is young PostgreSQL has no statistics
 * and takes reading all of it, or sorting a whole queue, for cheaper, and a prepared statement keeps such a plan (measured:
 * claims a hundred times slower). So those ways are closed for the transaction, in the round trip that begins it.
 */
const BEGIN = [
  "begin",
  ...["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"].map((way) => `set local enable_${way} = off`),
  "set local jit = off",
  // With those ways closed no value of a parameter makes a better plan: planning once instead of every time saves more.
  "set local plan_cache_mode = force_generic_plan",
].join("; ");

/**
 * Runs `use` in a transaction (read committed) under a name that tests and logs know it by. What PostgreSQL ended for
 * the sake of others (deadlock, serialization) and what found its rows changed meanwhile is done again from the start.
 */
export async function inTransaction<T>(
  deps: Pick<Deps, "pool" | "boundary" | "log">,
  name: string,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(deps, name, use);
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS || !isTransient(error)) throw error;
      deps.log.debug({ err: error, transaction: name, attempt }, "transaction begins again");
    }
  }
}

async function once<T>(
  { pool, boundary }: Pick<Deps, "pool" | "boundary">,
  name: string,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(BEGIN);
    const value = await use(client);
    await boundary?.(name, "before_commit");
    await client.query("commit");
    await boundary?.(name, "after_commit");
    return value;
  } catch (error) {
    // After a commit this is a warning of PostgreSQL's and nothing more.
    await client.query("rollback").catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof ConcurrencyError) return true;
  const { code, constraint } = error as { code?: string; constraint?: string };
  if (code === "40001" || code === "40P01") return true;
  // Twins share an exclusion key but not a row lock: the second of two simultaneous claims sees the first when it looks again.
  return code === "23505" && (constraint === "result_one_per_user_key" || constraint === "result_one_per_host_key");
}
