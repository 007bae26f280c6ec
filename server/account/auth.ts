import type { IncomingHttpHeaders } from "node:http";
import { prismaAdapter } from "@better-auth/prisma-adapter";
import { betterAuth } from "better-auth";
import { depsOf } from "../deps.ts";
import type { Services } from "../services.ts";

/** How people sign in: the library's part. Mounted at /api/auth by server/account/routes.ts. */
export type Auth = ReturnType<typeof createAuth>;

const DAY_SECONDS = 86_400;

function createAuth({ settings, prisma }: Services, secret: string) {
  return betterAuth({
    appName: "Quorate",
    secret,
    baseURL: settings.PUBLIC_URL ?? { allowedHosts: ["*"], protocol: "http", fallback: "http://localhost" },
    telemetry: { enabled: false },
    database: prismaAdapter(prisma, { provider: "postgresql", transaction: true }),
    user: { modelName: "authUser" },
    session: { modelName: "authSession", expiresIn: 30 * DAY_SECONDS, updateAge: DAY_SECONDS },
    account: { modelName: "authAccount", encryptOAuthTokens: true },
    verification: { modelName: "authVerification", storeIdentifier: "hashed" },
    advanced: { cookiePrefix: "quorate", useSecureCookies: settings.PUBLIC_URL?.startsWith("https:") ?? false },
  });
}

const opened = new WeakMap<Services, Promise<Auth>>();

export function authOf(services: Services): Promise<Auth> {
  let auth = opened.get(services);
  if (auth === undefined) {
    auth = depsOf(services).then(({ secrets }) => createAuth(services, secrets.signInSecret));
    // A database that was not there yet must not be remembered as a failure for ever.
    auth.catch(() => opened.delete(services));
    opened.set(services, auth);
  }
  return auth;
}

export type SignedIn = { authUserId: string; sessionId: string; signedInSeconds: number; email: string };

/** The account whose cookie a request carries; null: none, or its session is over. */
export async function signedInAs(services: Services, headers: IncomingHttpHeaders): Promise<SignedIn | null> {
  // Most calls carry none: volunteers' exchanges, readers.
  if (!headers.cookie?.includes("quorate.session_token")) return null;
  const auth = await authOf(services);
  const found = await auth.api.getSession({
    headers: new Headers({ cookie: headers.cookie }),
    query: { disableRefresh: true },
  });
  if (found === null) return null;
  const { session, user } = found;
  const signedInSeconds = Math.floor(session.createdAt.getTime() / 1000);
  return { authUserId: user.id, sessionId: session.id, signedInSeconds, email: user.email };
}
