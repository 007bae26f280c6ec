import type { IncomingMessage, ServerResponse } from "node:http";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { EXCHANGE_MAX_BODY_BYTES } from "../core/limits.ts";
import type { Services } from "../services.ts";
import { createContext } from "./context.ts";
import { appRouter } from "./router.ts";

/** Calls in one request: pages ask for a dozen things at once, a thousand are asked by nobody who means well. */
export const MAX_BATCH_SIZE = 50;

/** The calls that carry files or outputs. Everything else that a body can say is short: a million keys are refused unread. */
const LARGE_CALLS = /\b(volunteer\.exchange|batch\.(submit|plan|open)|project\.setPicture)\b/;
const CALL_MAX_BODY_BYTES = 256 * 1024;

/** The most bytes that the body of this call, or of these calls together, may have. */
export const maxBodyBytes = (path: string): number =>
  LARGE_CALLS.test(path) ? EXCHANGE_MAX_BODY_BYTES : CALL_MAX_BODY_BYTES;

/** Answers one HTTP request to /api/trpc/PATH; never rejects. Bodies beyond what the call needs are refused. */
export function createHttpTrpc(
  services: Services,
): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> {
  return (req, res, path) =>
    nodeHTTPRequestHandler({
      req,
      res,
      path,
      router: appRouter,
      maxBodySize: maxBodyBytes(path),
      maxBatchSize: MAX_BATCH_SIZE,
      createContext: () => createContext(services, { req, res }),
      onError({ error, path: procedure, type }) {
        const fields = { err: error.cause ?? error, procedure, type };
        // Refusals are ordinary answers; what nobody foresaw is ours to look at.
        if (error.code === "SERVICE_UNAVAILABLE") services.log.warn(fields, "call refused: cannot serve just now");
        if (error.code === "INTERNAL_SERVER_ERROR") services.log.error(fields, "call failed");
      },
    });
}
