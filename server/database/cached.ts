/**
 * Remembers the answer of an expensive read for `ttlMs`, and lets callers who come meanwhile share one query. A cache,
 * nothing more: every process has its own and may forget it at any time.
 */
export function cached<Args extends readonly (string | number | null)[], Value>(
  ttlMs: number,
  read: (...args: Args) => Promise<Value>,
  nowMs: () => number = () => performance.now(),
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
    entries.set(key, { expires: now + ttlMs, value });
    value.catch(() => entries.delete(key));
    return value;
  };
}
