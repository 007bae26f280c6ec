import type { createCaller } from "./router.ts";

export type { AppRouter } from "./router.ts";

type Caller = ReturnType<typeof createCaller>;

/**
 * The door through which pages rendered on the server reach the use cases. The process (server/main.ts) puts its caller
 * here; pages, which Next bundles as a second instance of every module, find it on globalThis and so share the one
 * database pool of the process.
 */
const KEY = Symbol.for("quorate.serverCaller");
const shared = globalThis as { [KEY]?: (cookie: string | null) => Caller };

export function provideServerCaller(create: (cookie: string | null) => Caller): void {
  shared[KEY] = create;
}

/**
 * `headers`: those of the page's own request (`await headers()` of next/headers), where it matters who looks at it.
 * Without them the caller is nobody.
 */
export function serverCaller(headers?: Pick<Headers, "get">): Caller {
  const create = shared[KEY];
  if (!create)
    throw new Error("No server caller: pages are rendered only inside the process started by server/main.ts.");
  return create(headers?.get("cookie") ?? null);
}
