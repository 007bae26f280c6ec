import type { Deps } from "../deps.ts";

/** Whoever called in this time is there. */
export const ONLINE_SECONDS = 300;
/** Counted at most this often by one process. */
const KEPT_SECONDS = 5;

const counted = new WeakMap<Deps["pool"], { atSeconds: number; users: Promise<number> }>();

/** Users seen in the last minutes. */
export async function usersOnline({ pool }: Pick<Deps, "pool">, nowSeconds: number): Promise<number> {
  const last = counted.get(pool);
  if (last !== undefined && Math.abs(nowSeconds - last.atSeconds) < KEPT_SECONDS) return await last.users;
  const users = pool
    .query<{ users: number }>("select count(distinct user_id)::int as users from host where last_seen_seconds > $1", [
      nowSeconds - ONLINE_SECONDS,
    ])
    .then(({ rows }) => rows[0]?.users ?? 0);
  counted.set(pool, { atSeconds: nowSeconds, users });
  users.catch(() => counted.delete(pool));
  // Whoever asks is there.
  return Math.max(1, await users);
}
