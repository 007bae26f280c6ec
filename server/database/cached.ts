/**
 * Remembers the answer of an expensive read for `ttlMs`, and lets callers who come meanwhile share one query. A cache,
 * nothing more: every process has its own and may forget it at any time.
 *
 * `timesItTook`: an answer is shared for so many times what it took to read it, where that is longer. What grows with its subject
 * then takes the same part of the database's time at most.
 */
export function cached<Args extends readonly (string | number | null)[], Value>(
  ttlMs: number,
  read: (...args: Args) => Promise<Value>,
  { nowMs = () => performance.now(), timesItTook = 0 }: { nowMs?: () => number; timesItTook?: number } = {},
): (...args: Args) => Promise<Value> {
  const entries = new Map<string, { expires: number; value: Promise<Value> }>();
  return (...args) => {
    const key = JSON.stringify(args);
    const now = nowMs();
    const hit = entries.get(key);
    if (hit && hit.expires > now) return hit.value;
    // Old entries go when new ones come; keys are few (slugs, page numbers), but a hostile caller may invent many.
    if (entries.size > 500) for (const [k, entry] of entries) if (entry.expires <= now) entries.delete(k);
    if (entries.size > 2_000) entries.clear();
    const value = read(...args);
    const entry = { expires: now + ttlMs, value };
    entries.set(key, entry);
    value.then(
      () => {
        entry.expires = Math.max(entry.expires, now + (nowMs() - now) * (1 + timesItTook));
      },
      () => entries.delete(key),
    );
    return value;
  };
}
