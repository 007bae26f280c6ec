import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import * as z from "zod";
import { sendJson } from "../http/answer.ts";
import { readBody } from "../http/body.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { PackageRefusal } from "../kernel-package/package-refusal.ts";
import { Refusal } from "../refusal.ts";
import { createContext } from "../trpc/context.ts";
import { maxBodyBytes } from "../trpc/http.ts";
import { createCaller } from "../trpc/router.ts";
import { ENDPOINTS, type Endpoint } from "./endpoints.ts";

/**
 * Procedures at addresses of their own. Whoever calls, and what they may, is decided by the procedure itself: it is called as tRPC
 * calls it. Descriptions of them are read only when somebody asks, since they need all of the router.
 */
async function call({ procedure, method }: Endpoint, route: RouteRequest): Promise<void> {
  const { request, response, services, url, params } = route;
  const { inputOf } = await import("./document.ts");
  const schema = inputOf(procedure);
  const texts = { ...Object.fromEntries(method === "GET" ? url.searchParams : []), ...params };
  try {
    const input = { ...(await bodyOf(route, { procedure, method })), ...fromTexts(schema, texts) };
    const caller = createCaller(createContext(services, { req: request, res: response }));
    const answer = await procedureOf(caller, procedure)(input);
    sendJson(response, 200, answer ?? null);
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === null) throw error instanceof TRPCError ? (error.cause ?? error) : error;
    const headers = request.complete ? {} : { connection: "close" };
    sendJson(response, refused.status, refused.body, headers);
  }
}

function procedureOf(caller: object, name: string): (input: unknown) => Promise<unknown> {
  const [router = "", procedure = ""] = name.split(".");
  const routers = caller as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
  const found = routers[router]?.[procedure];
  if (found === undefined) throw new Error(`there is no procedure ${name}`);
  return found;
}

/** An object of JSON; without a body an empty one. */
async function bodyOf(
  { request }: RouteRequest,
  { procedure, method }: Pick<Endpoint, "procedure" | "method">,
): Promise<object> {
  if (method === "GET") return {};
  const text = new TextDecoder().decode(await readBody(request, maxBodyBytes(procedure)));
  if (text.trim() === "") return {};
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new Refusal("bad_request", "The body must be an object of JSON.", { cause });
  }
}

/** What stands in an address is text: as a number or truth value where the field takes only that. */
function fromTexts({ shape }: z.ZodObject, texts: Record<string, string>): Record<string, unknown> {
  const read = (name: string, text: string): unknown => {
    const field = shape[name] as z.ZodType | undefined;
    const readings = [
      text,
      ...(text.trim() === "" ? [] : [Number(text)]),
      ...(/^(true|false)$/.test(text) ? [text === "true"] : []),
    ];
    return readings.find((reading) => field?.safeParse(reading).success === true) ?? text;
  };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, read(name, text)]));
}

/** Null: nobody foresaw it. */
function refusalOf(error: unknown): { status: number; body: object } | null {
  if (error instanceof Refusal)
    return refusalOf(new TRPCError({ code: "BAD_REQUEST", message: error.message, cause: error }));
  if (!(error instanceof TRPCError)) return null;
  const { cause, message } = error;
  const status = getHTTPStatusCodeFromError(error);
  if (cause instanceof Refusal) {
    const faults = cause instanceof PackageRefusal ? { faults: cause.faults } : {};
    return { status, body: { code: cause.code, message, ...faults } };
  }
  if (!(cause instanceof z.ZodError)) return null;
  const wrong = cause.issues.slice(0, 5).map(({ path, message: why }) => `${path.join(".") || "the input"}: ${why}`);
  return { status: 400, body: { code: "bad_request", message: `${wrong.join("; ")}.` } };
}

async function describe({ response, services, request }: RouteRequest): Promise<void> {
  const { openApiDocument } = await import("./document.ts");
  const origin = services.settings.PUBLIC_URL ?? `http://${request.headers.host ?? "localhost"}`;
  sendJson(response, 200, openApiDocument(origin.replace(/\/$/, "")), { "cache-control": "public, max-age=300" });
}

export const apiRoutes: readonly Route[] = [
  { method: "GET", path: "/api/openapi.json", handle: describe },
  ...ENDPOINTS.map(
    (endpoint): Route => ({
      method: endpoint.method,
      path: `/api${endpoint.path.replace(/\{(\w+)\}/g, ":$1")}`,
      handle: (route) => call(endpoint, route),
    }),
  ),
];
