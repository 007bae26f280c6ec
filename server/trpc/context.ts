import type { IncomingMessage, ServerResponse } from "node:http";
import { clientAddress } from "../http/client-address.ts";
import type { Services } from "../services.ts";

/** What a procedure knows besides its input. */
export type Context = {
  services: Services;
  /** Network address of the caller; null when a page of this process calls. */
  address: string | null;
};

/** The context of one HTTP request, or, without one, of a page rendered in this process. */
export function createContext(services: Services, http?: { req: IncomingMessage; res: ServerResponse }): Context {
  return { services, address: http === undefined ? null : clientAddress(http.req, services.settings.TRUST_PROXY) };
}
