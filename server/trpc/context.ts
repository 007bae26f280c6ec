import type { IncomingMessage, ServerResponse } from "node:http";
import { clientAddress } from "../http/client-address.ts";
import type { Services } from "../services.ts";

/** What a procedure knows besides its input. */
export type Context = {
  services: Services;
  /** Network address of the caller; null when a page of this process calls. */
  address: string | null;
  /** Bearer token of a session, unchecked; null when none was sent. */
  bearerToken: string | null;
  userAgent: string | null;
};

/** The context of one HTTP request, or, without one, of a page rendered in this process. */
export function createContext(services: Services, http?: { req: IncomingMessage; res: ServerResponse }): Context {
  if (http === undefined) return { services, address: null, bearerToken: null, userAgent: null };
  const { req } = http;
  return {
    services,
    address: clientAddress(req, services.settings.TRUST_PROXY),
    bearerToken: bearerToken(req),
    userAgent: req.headers["user-agent"] ?? null,
  };
}

/** What stands after `Bearer` in the authorization header. */
export function bearerToken({ headers }: Pick<IncomingMessage, "headers">): string | null {
  return /^Bearer ([\w.-]{1,200})$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}
