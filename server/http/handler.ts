import type { IncomingMessage, ServerResponse } from "node:http";
import { isUnstorableText, UNSTORABLE_TEXT } from "../database/unstorable-text.ts";
import { countRefusal } from "../operator/count-refusals.ts";
import type { Services } from "../services.ts";
import { noteUnavailable } from "../status/full-disk.ts";
import { createHttpTrpc, MAX_BATCH_SIZE } from "../trpc/http.ts";
import { sendJson } from "./answer.ts";
import { isCutOff } from "./body.ts";
import { clientAddress } from "./client-address.ts";
import { HttpError } from "./http-error.ts";
import { createCallLimiter, createPageLimiter, isAhead } from "./rate-limit.ts";
import { matchRoute, type Route } from "./route.ts";
import { securityHeaders } from "./security-headers.ts";
import { answerCompressed, isFile } from "./static-files.ts";

export type RenderPage = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type HandlerOptions = {
  services: Services;
  routes: readonly Route[];
  /** Answers what is neither a call nor a plain route: Next. */
  renderPage: RenderPage;
  development: boolean;
};

const TRPC_PREFIX = "/api/trpc/";
/** Asked by load balancers at their own pace; it must answer when everything else is refused. */
const UNLIMITED = new Set(["/api/health"]);

/** The one entrance of the process: headers, limits, then tRPC, a plain route, or a page. Never rejects. */
export function createHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { services, development } = options;
  const https = services.settings.PUBLIC_URL?.startsWith("https:") ?? false;
  const answerCall = createHttpTrpc(services);
  const limitCalls = createCallLimiter(services.settings.CALLS_PER_MINUTE);
  const limitPages = createPageLimiter(services.settings.PAGES_PER_MINUTE);
  const addressOf = (request: IncomingMessage) => clientAddress(request, services.settings.TRUST_PROXY);

  async function dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = parseUrl(request);
    const { nonce, headers } = securityHeaders(url.pathname, { development, https });
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (services.stopping.aborted) response.setHeader("connection", "close");
    if (!url.pathname.startsWith("/api/")) {
      // Next reads the nonce for its own tags from the request's policy; what the visitor sent under the name goes.
      request.headers["content-security-policy"] = headers["content-security-policy"];
      request.headers["x-nonce"] = nonce;
    } else if (!UNLIMITED.has(url.pathname)) {
      await counted(services, "/api", limitCalls(addressOf(request), callsOf(url)));
    }
    if (url.pathname.startsWith(TRPC_PREFIX)) {
      return answerCall(request, response, url.pathname.slice(TRPC_PREFIX.length));
    }
    const match = matchRoute(options.routes, request.method ?? "GET", url.pathname);
    if (match === undefined) {
      if (url.pathname.startsWith("/api/")) throw new HttpError(404, "There is nothing at this address.");
      if (!development && (await answerCompressed(request, response, url.pathname))) return;
      // Next's compiler and what it sends are for whoever develops.
      if (!development && !isFile(url.pathname)) {
        const what = isAhead(request.headers) ? "pages loaded ahead" : "pages";
        await counted(services, what, limitPages(addressOf(request), request.headers));
      }
      return options.renderPage(request, response);
    }
    if ("allowed" in match) throw new HttpError(405, "Use another method.", { allow: [...match.allowed].join(", ") });
    const about = { url, params: match.params, address: addressOf(request) };
    return match.route.handle({ request, response, services, ...about });
  }

  return (request, response) => {
    const began = performance.now();
    response.once("close", () => logRequest(services, request, response, performance.now() - began));
    dispatch(request, response).catch((error: unknown) => answerError(services, error, request, response));
  };
}

/** A limit, of which operators see how often it refuses. */
async function counted(services: Services, what: string, limited: Promise<void>): Promise<void> {
  try {
    await limited;
  } catch (error) {
    if (error instanceof HttpError) countRefusal(services.pool, what, "rate_limited");
    throw error;
  }
}

/** Several tRPC calls may come in one request, and count as so many; of too many tRPC takes none. */
function callsOf({ pathname, searchParams }: URL): number {
  if (!pathname.startsWith(TRPC_PREFIX) || searchParams.get("batch") !== "1") return 1;
  return Math.min(pathname.split(/,|%2c/i).length, MAX_BATCH_SIZE);
}

/** A name or an address, perhaps with a port, of which addresses can be made. */
const isHost = (text: string) => /^[^\s/@\\?#]+$/.test(text) && URL.canParse(`http://${text}`);

function parseUrl(request: IncomingMessage): URL {
  const { host } = request.headers;
  if (host !== undefined && !isHost(host)) throw new HttpError(400, "The Host header cannot be read.");
  // No name here has the character zero, and the database cannot even be asked for it.
  if (/%00/.test(request.url ?? "")) throw new HttpError(400, "The address cannot be read.");
  try {
    return new URL(request.url ?? "/", "http://localhost");
  } catch {
    throw new HttpError(400, "The address cannot be read.");
  }
}

function refusalFor(error: unknown, why: { message: string } | undefined): HttpError | undefined {
  if (isUnstorableText(error)) return new HttpError(400, UNSTORABLE_TEXT);
  return why && new HttpError(503, why.message);
}

function answerError(services: Services, error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (isCutOff(request, error)) {
    // Nobody is left to be told, and it says nothing about the database.
    services.log.debug({ err: error, path: request.url }, "a request was cut");
    response.destroy();
    return;
  }
  const why = noteUnavailable(services, error);
  const refusal = error instanceof HttpError ? error : refusalFor(error, why);
  if (why !== undefined) services.log.warn({ err: error, path: request.url }, "request refused: cannot serve just now");
  if (refusal === undefined) services.log.error({ err: error, path: request.url }, "request failed");
  if (response.headersSent) {
    // Half an answer must not look like a whole one.
    response.destroy();
    return;
  }
  // A body we refused to read would otherwise be taken for the next request of the connection.
  const headers = request.complete ? {} : { connection: "close" };
  const status = refusal?.status ?? 500;
  const message = refusal?.message ?? "Something went wrong here; it has been logged. Try again later.";
  sendJson(response, status, { error: message }, { ...headers, ...refusal?.headers });
}

function logRequest(services: Services, request: IncomingMessage, response: ServerResponse, ms: number): void {
  const fields = {
    method: request.method,
    path: request.url?.slice(0, 200),
    status: response.statusCode,
    ms: Math.round(ms),
  };
  if (response.statusCode >= 500) services.log.warn(fields, "answered");
  else services.log.debug(fields, "answered");
}
