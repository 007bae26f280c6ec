import { HOUR_SECONDS } from "../core/limits.ts";
import type { Pool } from "../database/pool.ts";

/** Refusals of this process that are not in the database yet. Losing them with the process loses a number on a page. */
const waiting = new WeakMap<Pool, Map<string, number>>();
/** Kinds of refusals counted at a time; paths come from callers who may invent them. */
const KINDS_MAX = 1_000;

/** Notes that a call was refused; written by the sweeper (`flushRefusals`). `path`: procedure, route or what is limited, never an address. */
export function countRefusal(pool: Pool, path: string, code: string): void {
  let counts = waiting.get(pool);
  if (counts === undefined) {
    counts = new Map();
    waiting.set(pool, counts);
  }
  const key = `${code} ${path.slice(0, 100)}`;
  if (counts.size >= KINDS_MAX && !counts.has(key)) return;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Adds what this process counted to the hour's numbers. @returns kinds written. */
export async function flushRefusals({ pool }: { pool: Pool }, nowSeconds: number): Promise<number> {
  const counts = waiting.get(pool);
  if (counts === undefined || counts.size === 0) return 0;
  waiting.delete(pool);
  const keys = [...counts.keys()].sort();
  await pool.query(
    `insert into refusal_hour as h (hour_seconds, path, code, n)
     select $1, substr(key, strpos(key, ' ') + 1), split_part(key, ' ', 1), n from unnest($2::text[], $3::bigint[]) as c (key, n)
     on conflict (hour_seconds, path, code) do update set n = h.n + excluded.n`,
    [nowSeconds - (nowSeconds % HOUR_SECONDS), keys, keys.map((key) => counts.get(key) ?? 0)],
  );
  return keys.length;
}
