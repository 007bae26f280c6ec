import { type Unavailable, whyUnavailable } from "../database/unavailable.ts";
import type { Services } from "../services.ts";

/** Longer than a chore of the sweeper waits after a failure: while it still fails, this stays true. */
const REMEMBERED_MS = 12_000;

const refused = new WeakMap<Services, number>();

/** `whyUnavailable`, remembering for `isDiskFull` that something was refused for lack of room. */
export function noteUnavailable(services: Services, error: unknown): Unavailable | undefined {
  const why = whyUnavailable(error);
  if (why?.kind === "full") refused.set(services, performance.now());
  return why;
}

/** Whether something was refused for lack of room in the last seconds: unlike a database that is away, it still answers. */
export function isDiskFull(services: Services): boolean {
  const at = refused.get(services);
  return at !== undefined && performance.now() - at < REMEMBERED_MS;
}
