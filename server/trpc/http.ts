import type { IncomingMessage, ServerResponse } from "node:http";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { EXCHANGE_MAX_BODY_BYTES } from "../core/limits.ts";
import type { Services } from "../services.ts";
import { createContext } from "./context.ts";
import { appRouter } from "./router.ts";

/** Answers one HTTP request to /api/trpc/PATH; never rejects. Bodies beyond the limit of an exchange are refused. */
export function createHttpTrpc(
  services: Services,
): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> {
  return (req, res, path) =>
    nodeHTTPRequestHandler({
      req,
      res,
      path,
      router: appRouter,
      maxBodySize: EXCHANGE_MAX_BODY_BYTES,
      createContext: () => createContext(services, { req, res }),
      onError({ error, path: procedure, type }) {
        const fields = { err: error.cause ?? error, procedure, type };
        // Refusals are ordinary answers; what nobody foresaw is ours to look at.
        if (error.code === "SERVICE_UNAVAILABLE") services.log.warn(fields, "call refused: cannot serve just now");
        if (error.code === "INTERNAL_SERVER_ERROR") services.log.error(fields, "call failed");
      },
    });
}
