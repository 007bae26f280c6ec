import { openPool, type Pool, type PoolClient } from "../../server/database/pool.ts";
import { type Deps, openDeps } from "../../server/deps.ts";

/** When a process dies: at its n-th statement; before it is sent, without waiting for its answer, or having its answer. */
export type Death = { statement: number; when: "before" | "during" | "after" };

export class Died extends Error {
  override name = "Died";
}

export type MortalEngine = {
  deps: Deps;
  /** Statements sent so far. */
  statements(): number;
  died(): boolean;
  close(): Promise<void>;
};

/**
 * The engine of a process that dies: from that statement on nothing of it reaches the database any more, its connections
 * break, and PostgreSQL rolls back whatever it had not committed.
 */
export async function openMortalEngine(living: Deps, url: string, death: Death | null): Promise<MortalEngine> {
  const pool = openPool(url, { maxConnections: 6 });
  const clients = new Set<PoolClient>();
  let count = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    for (const client of clients) socketOf(client).destroy();
    throw new Died("the process died");
  };
  const send = async (query: () => Promise<unknown>): Promise<unknown> => {
    if (dead) throw new Died("the process is dead");
    count += 1;
    const last = count === death?.statement;
    if (last && death.when === "before") die();
    const answer = query();
    if (last && death.when === "during") {
      // Whether it still took effect is the database's secret.
      answer.catch((error: unknown) => living.log.debug({ err: error }, "nobody waits for this any more"));
      die();
    }
    const value = await answer;
    if (last || dead) die();
    return value;
  };
  const mortalPool = proxied(pool, {
    query: (...args: unknown[]) => onOwnClient((client) => send(() => query(client, args))),
    connect: async () => {
      if (dead) throw new Died("the process is dead");
      const client = await pool.connect();
      clients.add(client);
      return proxied(client, { query: (...args: unknown[]) => send(() => query(client, args)) });
    },
  });
  async function onOwnClient(use: (client: PoolClient) => Promise<unknown>): Promise<unknown> {
    if (dead) throw new Died("the process is dead");
    const client = await pool.connect();
    clients.add(client);
    try {
      return await use(client);
    } finally {
      client.release(dead);
    }
  }
  const { dataFolder, log, rules, secrets, prisma } = living;
  return {
    deps: await openDeps({ pool: mortalPool, prisma, log, dataFolder }, { rules, secrets }),
    statements: () => count,
    died: () => dead,
    close: () => pool.end(),
  };
}

function query(client: PoolClient, args: unknown[]): Promise<unknown> {
  return (client.query as (...all: unknown[]) => Promise<unknown>)(...args);
}

/** Not part of the driver's published types; a test may know it. */
function socketOf(client: PoolClient): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
}

function proxied<T extends Pool | PoolClient>(target: T, replaced: Record<string, unknown>): T {
  return new Proxy(target, {
    get: (object, name) => {
      if (typeof name === "string" && Object.hasOwn(replaced, name)) return replaced[name];
      const value: unknown = Reflect.get(object, name);
      return typeof value === "function" ? (value as (...all: unknown[]) => unknown).bind(object) : value;
    },
  });
}
