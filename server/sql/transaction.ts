import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { Gate } from "./gate.ts";

/** Another transaction changed what this one decided on: decide again. */
export class ConcurrencyError extends Error {
  override name = "ConcurrencyError";
}

const MOST_ATTEMPTS = 5;

/**
 * Every statement of a transaction here touches few rows by an index. While a table is young PostgreSQL has no statistics
 * and takes reading all of it, or sorting a whole queue, for cheaper, and a prepared statement keeps such a plan (measured:
 * claims a hundred times slower). So those ways are closed for the transaction. With them closed no value of a parameter
 * makes a better plan either: planning once instead of every time saves more.
 */
const CLOSED_WAYS = ["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"].map((way) => [`enable_${way}`, "off"]);
const SETTINGS = [...CLOSED_WAYS, ["jit", "off"], ["plan_cache_mode", "force_generic_plan"]];
const PREPARE = {
  name: "prepare-transaction",
  text: `select ${SETTINGS.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(", ")}`,
};

/**
 * Runs `use` in a transaction (read committed) under a name that tests and logs know it by. What PostgreSQL ended for
 * the sake of others (deadlock, serialization) and what found its rows changed meanwhile is done again from the start.
 */
export async function inTransaction<T>(
  deps: TransactionDeps,
  name: string,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return await inLockedTransaction(deps, name, { lock: () => Promise.resolve(), use });
}

export type TransactionDeps = Pick<Deps, "pool" | "boundary" | "log">;

/**
 * The same, where the first statements, which only lock and read, are known beforehand: they travel together with the
 * beginning, in one round trip. Each still sees what was committed before it began itself.
 */
export async function inLockedTransaction<Locked, T>(
  deps: TransactionDeps,
  name: string,
  work: LockedWork<Locked, T>,
): Promise<T> {
  const { weight } = work;
  const attemptOnce = () => once(deps, name, work);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return weight === undefined ? await attemptOnce() : await gateOf(deps, name).through(weight, attemptOnce);
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS || !isTransient(error)) throw error;
      deps.log.debug({ err: error, transaction: name, attempt }, "transaction begins again");
    }
  }
}

/** Results that the transactions of one name change at once, in one process: see Gate. */
const GATE_RESULTS = 128;
const gates = new WeakMap<TransactionDeps["pool"], Map<string, Gate>>();

function gateOf({ pool }: TransactionDeps, name: string): Gate {
  const known = gates.get(pool) ?? new Map<string, Gate>();
  gates.set(pool, known);
  const gate = known.get(name) ?? new Gate(GATE_RESULTS);
  known.set(name, gate);
  return gate;
}

type LockedWork<Locked, T> = {
  /** Results it changes, about: so many of its name pass the gate at once. Without it, it passes freely. */
  weight?: number;
  /** Must not write: it is on its way before it is certain that the transaction began. */
  lock(client: PoolClient): Promise<Locked>;
  use(client: PoolClient, locked: Locked): Promise<T>;
};

/**
 * Statements that do not wait for one another, as one transaction in one round trip. Unlike a transaction of the others it is
 * not begun again.
 */
export async function inOneRoundTrip<const T extends readonly unknown[]>(
  { pool }: Pick<Deps, "pool">,
  statements: (client: PoolClient) => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const client = await pool.connect();
  try {
    const [, , answers] = await together([
      client.query("begin"),
      client.query(PREPARE),
      // Whatever it throws, the commit is sent, so that the connection does not go back to the pool inside a transaction.
      (async () => await together(statements(client)))(),
      client.query("commit"),
    ]);
    return answers;
  } finally {
    client.release();
  }
}

async function once<Locked, T>(
  { pool, boundary }: Pick<Deps, "pool" | "boundary">,
  name: string,
  { lock, use }: LockedWork<Locked, T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const [, , locked] = await together([client.query("begin"), client.query(PREPARE), lock(client)]);
    const value = await use(client, locked);
    await boundary?.(name, "before_commit");
    await together([...(lastStatements.get(client) ?? []), client.query("commit")]);
    await boundary?.(name, "after_commit");
    return value;
  } catch (error) {
    // After a commit this is a warning of PostgreSQL's and nothing more.
    await client.query("rollback").catch((cause: Error) => {
      broken = cause;
    });
    throw error;
  } finally {
    lastStatements.delete(client);
    client.release(broken);
  }
}

const lastStatements = new WeakMap<PoolClient, Promise<unknown>[]>();

/**
 * A statement that nothing else waits for: it goes to the server at once and is answered together with the commit, so that
 * what it locks or what was locked for it is held for one round trip less. Where it fails, PostgreSQL commits nothing.
 */
export function beforeCommit(client: PoolClient, statement: Promise<unknown>): void {
  // Told when the transaction ends, however it does.
  statement.catch(() => undefined);
  const known = lastStatements.get(client);
  if (known === undefined) lastStatements.set(client, [statement]);
  else known.push(statement);
}

/**
 * Waits for statements that are on their way together. Where one fails, PostgreSQL refuses the others of the transaction,
 * and the first in their order says why; nothing is left running.
 */
export async function together<const T extends readonly unknown[]>(
  statements: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(statements);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}

function isTransient(error: unknown): boolean {
  if (error instanceof ConcurrencyError) return true;
  const { code, constraint } = error as { code?: string; constraint?: string };
  if (code === "40001" || code === "40P01") return true;
  // Twins share an exclusion key but not a row lock: the second of two simultaneous claims sees the first when it looks again.
  return code === "23505" && (constraint === "result_one_per_user_key" || constraint === "result_one_per_host_key");
}
