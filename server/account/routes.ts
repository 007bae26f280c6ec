import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { nowSeconds } from "../clock.ts";
import { UNSTORABLE_TEXT } from "../database/unstorable-text.ts";
import { sendJson } from "../http/answer.ts";
import { readBody } from "../http/body.ts";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";
import { authOf, FRESH_SECONDS, signedInAs } from "./auth.ts";
import { exportRoute } from "./export-route.ts";
import { accountLimitsOf } from "./limits.ts";
import { isCrossSite } from "./same-origin.ts";
import { tellOfWayIn } from "./tell-of-way-in.ts";

/** Bodies here are an address and a password, or a passkey's answer. */
const MOST_BYTES = 65_536;

/** What is counted before the library sees the request. */
type Guard = "none" | "attempt" | "password" | "mail" | "fresh";

const ADDS_PASSKEY = "/api/auth/passkey/verify-registration";

/**
 * The library's addresses that are served; it has more, which are not. What is done with an account that is signed in
 * goes through tRPC where it can.
 */
const SERVED: readonly [method: "GET" | "POST", path: string, guard: Guard][] = [
  ["POST", "/api/auth/sign-in/email", "password"],
  ["POST", "/api/auth/sign-in/social", "attempt"],
  ["POST", "/api/auth/link-social", "fresh"],
  ["GET", "/api/auth/callback/:id", "attempt"],
  ["POST", "/api/auth/sign-out", "none"],
  ["GET", "/api/auth/get-session", "none"],
  ["POST", "/api/auth/request-password-reset", "mail"],
  ["POST", "/api/auth/reset-password", "attempt"],
  ["POST", "/api/auth/change-password", "attempt"],
  ["POST", "/api/auth/change-email", "mail"],
  ["GET", "/api/auth/verify-email", "attempt"],
  ["GET", "/api/auth/passkey/generate-register-options", "attempt"],
  ["POST", ADDS_PASSKEY, "attempt"],
  ["GET", "/api/auth/passkey/generate-authenticate-options", "attempt"],
  ["POST", "/api/auth/passkey/verify-authentication", "attempt"],
];

export const accountRoutes: readonly Route[] = [
  ...SERVED.map(([method, path, guard]): Route => ({ method, path, handle: (route) => answerAuth(route, guard) })),
  exportRoute,
];

async function answerAuth(route: RouteRequest, guard: Guard): Promise<void> {
  const { request, response, services, address } = route;
  const { settings } = services;
  const method = request.method ?? "GET";
  if (isCrossSite({ method, headers: request.headers }, settings.PUBLIC_URL)) {
    throw new HttpError(403, "This came from another site.");
  }
  const body = method === "POST" ? Buffer.from(await readBody(request, MOST_BYTES)) : null;
  if (body?.includes("\\u0000")) throw new HttpError(400, UNSTORABLE_TEXT);
  // The library also reads forms, in which the address to count an attempt for would not be found.
  if (body !== null && body.length > 0 && !/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new HttpError(415, "The body must be JSON.");
  }
  const email = body === null ? "" : emailIn(body);
  const limits = accountLimitsOf(services);
  try {
    if (guard === "password") await limits.password(address, email);
    if (guard === "mail") await limits.mail(address, email);
    if (guard === "attempt" || guard === "fresh") await limits.attempt(address);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    sendJson(response, 429, { code: "RATE_LIMITED", message: error.message }, retryAfter(error));
    return;
  }
  if (guard === "fresh" && !(await isFresh(services, request))) {
    sendJson(response, 403, { code: "SESSION_NOT_FRESH", message: "Sign out and in again first." });
    return;
  }
  const auth = await authOf(services);
  const base = settings.PUBLIC_URL ?? `http://${request.headers.host ?? "localhost"}`;
  const answer = await auth.handler(
    new Request(new URL(route.url.pathname + route.url.search, base), {
      method,
      headers: headersOf(route),
      ...(body !== null && { body: bodyFor(route.url.pathname, body) }),
    }),
  );
  if (guard === "password" && answer.status === 200) await limits.passwordWasRight(address, email);
  if (route.url.pathname === ADDS_PASSKEY && answer.status === 200) await tellOfPasskey(route);
  await pass(answer, response);
}

async function tellOfPasskey(route: RouteRequest): Promise<void> {
  const signedIn = await signedInAs(route.services, route.request.headers);
  if (signedIn === null) return;
  const request = { headers: headersOf(route) };
  tellOfWayIn(route.services, { to: signedIn.email, change: "added", way: { kind: "passkey" }, request });
}

const addressed = z.object({ email: z.string().optional(), newEmail: z.string().optional() });

function emailIn(body: Buffer): string {
  try {
    const { email, newEmail } = addressed.parse(JSON.parse(body.toString()));
    return email ?? newEmail ?? "";
  } catch {
    return ""; // Counted together; the library says what is wrong with it.
  }
}

/** What adds a way in wants a sign-in that is not old; nobody signed in is the library's to refuse. */
async function isFresh(services: Services, { headers }: IncomingMessage): Promise<boolean> {
  const signedIn = await signedInAs(services, headers);
  return signedIn === null || nowSeconds() - signedIn.signedInSeconds <= FRESH_SECONDS;
}

const linkSchema = z.object({ provider: z.string(), callbackURL: z.string(), errorCallbackURL: z.string() });

/** What of a body the library gets: a new password ends every other session; linking goes by way of the provider's page. */
function bodyFor(pathname: string, body: Buffer): string {
  const changesPassword = pathname.endsWith("/change-password");
  if (!changesPassword && !pathname.endsWith("/link-social")) return body.toString();
  try {
    const said: unknown = JSON.parse(body.toString());
    return JSON.stringify(
      changesPassword ? { ...(said as object), revokeOtherSessions: true } : linkSchema.parse(said),
    );
  } catch {
    throw new HttpError(400, "The body is not what is asked for here.");
  }
}

function headersOf({ request }: RouteRequest): Headers {
  const headers = new Headers();
  for (const name of ["cookie", "content-type", "origin", "user-agent", "accept-language", "sec-fetch-site", "host"]) {
    const value = request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  return headers;
}

async function pass(answer: Response, response: ServerResponse): Promise<void> {
  for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.setHeader("cache-control", "no-store");
  response.writeHead(answer.status);
  response.end(Buffer.from(await answer.arrayBuffer()));
}

function retryAfter({ retryAfterSeconds }: Refusal): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
}
