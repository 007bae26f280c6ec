import type { Pool } from "./pool.ts";

/** One set of caches per database pool: a process has one pool, but tests have many in one process. */
export function perPool<Value>(make: (pool: Pool) => Value): (pool: Pool) => Value {
  const made = new WeakMap<Pool, Value>();
  return (pool) => {
    let value = made.get(pool);
    if (value === undefined) {
      value = make(pool);
      made.set(pool, value);
    }
    return value;
  };
}
