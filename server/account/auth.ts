import type { IncomingHttpHeaders } from "node:http";
import { passkey } from "@better-auth/passkey";
import { prismaAdapter } from "@better-auth/prisma-adapter";
import { betterAuth } from "better-auth";
import { depsOf } from "../deps.ts";
import { mailerOf } from "../mail/mailer.ts";
import { MAILS } from "../mail/texts.ts";
import type { Services } from "../services.ts";
import { askedFrom } from "./asked-from.ts";
import { linkOf, refuseForeignLink } from "./linking.ts";
import { providersOf } from "./providers.ts";
import { tellOfWayIn } from "./tell-of-way-in.ts";

/** How people sign in: the library's part. Which of its addresses are served is said in routes.ts. */
export type Auth = ReturnType<typeof createAuth>;

const DAY_SECONDS = 86_400;
/** Short enough that a lost laptop is not signed in for ever, long enough that volunteers are not asked every week. */
const SESSION_SECONDS = 30 * DAY_SECONDS;
/** What could take an account over (a new passkey) wants a sign-in not older than this. */
export const FRESH_SECONDS = DAY_SECONDS;
const LINK_SECONDS = 3_600;
export const PASSWORD_LENGTH = { min: 10, max: 128 } as const;
export const COOKIE_PREFIX = "quorate";

function createAuth(services: Services, secret: string) {
  const { settings, prisma, log } = services;
  const { social, plugin } = providersOf(settings);
  const rpID = settings.PUBLIC_URL === undefined ? "localhost" : new URL(settings.PUBLIC_URL).hostname;
  return betterAuth({
    appName: "Quorate",
    secret,
    baseURL: settings.PUBLIC_URL ?? { allowedHosts: ["*"], protocol: "http", fallback: "http://localhost" },
    telemetry: { enabled: false },
    database: prismaAdapter(prisma, { provider: "postgresql", transaction: true }),
    user: {
      modelName: "authUser",
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: async ({ user, newEmail, token }, request) => {
          const { language, link } = askedFrom(settings, request);
          const allow = link(`/api/auth/verify-email?token=${token}&callbackURL=/account`);
          mailerOf(services).send({ to: user.email, ...MAILS[language].allowNewAddress(allow, newEmail) });
        },
      },
    },
    session: {
      modelName: "authSession",
      expiresIn: SESSION_SECONDS,
      updateAge: DAY_SECONDS,
      freshAge: FRESH_SECONDS,
    },
    account: {
      modelName: "authAccount",
      encryptOAuthTokens: true,
      // Nothing is linked but by somebody who is signed in: else an account elsewhere with the same address would come back by
      // itself after it was unlinked. Who links may have another address there.
      accountLinking: { enabled: true, disableImplicitLinking: true, allowDifferentEmails: true },
    },
    verification: { modelName: "authVerification", storeIdentifier: "hashed" },
    emailAndPassword: {
      enabled: true,
      // Accounts with a password begin with a link sent to their address: see sign-up.ts.
      disableSignUp: true,
      requireEmailVerification: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      resetPasswordTokenExpiresIn: LINK_SECONDS,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, token }, request) => {
        const { language, link } = askedFrom(settings, request);
        mailerOf(services).send({ to: user.email, ...MAILS[language].reset(link(`/sign-in/reset#${token}`)) });
      },
      onPasswordReset: async ({ user }, request) => {
        const { language, link } = askedFrom(settings, request);
        mailerOf(services).send({ to: user.email, ...MAILS[language].passwordChanged(link("/sign-in")) });
      },
    },
    emailVerification: {
      expiresIn: LINK_SECONDS,
      autoSignInAfterVerification: false,
      sendVerificationEmail: async ({ user, token }, request) => {
        const { language, link } = askedFrom(settings, request);
        const confirm = link(`/api/auth/verify-email?token=${token}&callbackURL=/account`);
        mailerOf(services).send({ to: user.email, ...MAILS[language].confirmAddress(confirm) });
      },
    },
    socialProviders: social,
    plugins: [passkey({ rpID, rpName: "Quorate", schema: { passkey: { modelName: "authPasskey" } } }), ...plugin],
    databaseHooks: {
      user: {
        create: {
          // Who owns an address is proven before an account has it: by a link, or by a provider that says it checked.
          // Names and pictures of providers are nobody's business here.
          before: async (user) => (user.emailVerified === true ? { data: { ...user, name: "", image: null } } : false),
        },
      },
      account: {
        create: {
          before: async (_, context) => refuseForeignLink(context),
          after: async ({ providerId: id }, context) => {
            // What an account begins with is not linked, and nothing new.
            const link = await linkOf(context);
            const way = { kind: "provider", id } as const;
            if (link) tellOfWayIn(services, { to: link.email, change: "added", way, request: context?.request });
          },
        },
      },
    },
    // Counted by limits.ts, for the address behind the proxies that are ours, and for the account.
    rateLimit: { enabled: false },
    // Cross-site requests are refused before they come here: see routes.ts.
    trustedOrigins: (request) => (request === undefined ? [] : [new URL(request.url).origin]),
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: settings.PUBLIC_URL?.startsWith("https:") ?? false,
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" },
      ipAddress: { disableIpTracking: true },
      // Said aloud because the library leaves both out where it thinks it is being tested.
      disableOriginCheck: false,
      disableCSRFCheck: false,
    },
    onAPIError: { errorURL: "/sign-in" },
    logger: {
      // What it calls an error is often an ordinary refusal (a wrong password).
      log: (level, message, ...details) =>
        log[level === "error" ? "warn" : "debug"]({ details }, `sign-in: ${message}`),
    },
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
  if (!headers.cookie?.includes(`${COOKIE_PREFIX}.session_token`)) return null;
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
