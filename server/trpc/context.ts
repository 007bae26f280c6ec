import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { bearerToken, type Viewer, viewerOf } from "../account/viewer.ts";
import { clientAddress } from "../http/client-address.ts";
import type { Services } from "../services.ts";

export { bearerToken };

/** What a procedure knows besides its input. */
export type Context = {
  services: Services;
  /** Network address of the caller; null when a page of this process calls. */
  address: string | null;
  /** Bearer token of a session, unchecked; null when none was sent. */
  bearerToken: string | null;
  userAgent: string | null;
  /** What the request says of itself; of a page's request only what tells who looks at it. */
  headers: IncomingHttpHeaders;
  /** Who is calling, found out once, when first asked for. @throws {Refusal} */
  viewer: () => Promise<Viewer | null>;
};

/** Where a call comes from: an HTTP request, or a page rendered in this process with the headers of its own request. */
export type CallOrigin = { req: IncomingMessage; res: ServerResponse } | { page: { cookie: string | null } };

export function createContext(services: Services, origin: CallOrigin = { page: { cookie: null } }): Context {
  if ("page" in origin) {
    const headers = origin.page.cookie === null ? {} : { cookie: origin.page.cookie };
    const viewer = once(() => viewerOf(services, { method: "GET", headers }));
    return { services, address: null, bearerToken: null, userAgent: null, headers, viewer };
  }
  const { req } = origin;
  const { headers, method = "GET" } = req;
  return {
    services,
    address: clientAddress(req, services.settings.TRUST_PROXY),
    bearerToken: bearerToken(req),
    userAgent: headers["user-agent"] ?? null,
    headers,
    viewer: once(() => viewerOf(services, { method, headers })),
  };
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= find());
}
