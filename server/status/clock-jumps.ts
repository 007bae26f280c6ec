import type { Deps } from "../deps.ts";

/** Clocks are set right by less than this all the time. */
const JUMP_SECONDS = 30;
const KEY = "clock_jump";

type Seen = { nowSeconds: number; monotonicMs: number };
const seen = new WeakMap<object, Seen>();

export type ClockJump = { atSeconds: number; bySeconds: number };

/**
 * Compares how far the clock went with how much time passed in truth, since this process looked last; where they differ it is
 * written down for the status page. A machine that slept looks the same, and matters as much: leases ran out meanwhile.
 */
export async function noteClock(
  deps: Pick<Deps, "pool" | "log">,
  nowSeconds: number,
  monotonicMs: number = performance.now(),
): Promise<void> {
  const before = seen.get(deps.pool);
  seen.set(deps.pool, { nowSeconds, monotonicMs });
  if (before === undefined) return;
  const bySeconds = Math.round(nowSeconds - before.nowSeconds - (monotonicMs - before.monotonicMs) / 1000);
  if (Math.abs(bySeconds) < JUMP_SECONDS) return;
  deps.log.warn({ bySeconds }, "the clock jumped");
  const jump: ClockJump = { atSeconds: nowSeconds, bySeconds };
  await deps.pool.query(
    "insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
    [KEY, JSON.stringify(jump)],
  );
}

export async function lastClockJump(pool: Deps["pool"]): Promise<ClockJump | null> {
  const { rows } = await pool.query<{ value: string }>("select value from setting where key = $1", [KEY]);
  return rows[0] === undefined ? null : (JSON.parse(rows[0].value) as ClockJump);
}
