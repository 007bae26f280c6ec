import { initTRPC, TRPCError } from "@trpc/server";
import type { Scope, Viewer } from "../account/viewer.ts";
import { isUnstorableText, UNSTORABLE_TEXT } from "../database/unstorable-text.ts";
import { PackageRefusal } from "../kernel-package/package-refusal.ts";
import { countRefusal } from "../operator/count-refusals.ts";
import { Refusal, type RefusalCode } from "../refusal.ts";
import { noteUnavailable } from "../status/full-disk.ts";
import type { Context } from "./context.ts";

const CODES: Record<RefusalCode, TRPCError["code"]> = {
  bad_request: "BAD_REQUEST",
  unauthenticated: "UNAUTHORIZED",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  conflict: "CONFLICT",
  too_large: "PAYLOAD_TOO_LARGE",
  rate_limited: "TOO_MANY_REQUESTS",
  client_outdated: "PRECONDITION_FAILED",
};

/** What is wrong with an input is told with its keys, however many somebody sent. */
const MESSAGE_MAX_CHARACTERS = 4_000;

/** What a procedure says of itself. */
export type Meta = {
  /** The scope a personal token needs for it; without one, personal tokens are refused. */
  scope?: Scope;
};

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    /** A refusal tells its own code beside tRPC's; what nobody foresaw tells nothing of what is inside. */
    errorFormatter({ shape, error }) {
      const refusal = error.cause instanceof Refusal ? error.cause : undefined;
      const isOurs = error.code === "INTERNAL_SERVER_ERROR";
      return {
        ...shape,
        message: isOurs
          ? "Something went wrong here; it has been logged. Try again later."
          : shape.message.slice(0, MESSAGE_MAX_CHARACTERS),
        data: {
          code: shape.data.code,
          httpStatus: shape.data.httpStatus,
          path: shape.data.path,
          ...(refusal && { refusal: refusal.code }),
          ...(refusal instanceof PackageRefusal && { faults: refusal.faults }),
          ...(refusal?.retryAfterSeconds !== undefined && { retryAfterSeconds: refusal.retryAfterSeconds }),
        },
      };
    },
  });

/**
 * Use cases refuse with `Refusal`; over the wire that is an error with the right status and the same sentence. So is a
 * database that is away.
 */
const refusals = t.middleware(async ({ ctx, path, next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause } = result.error;
  if (cause instanceof Refusal) countRefusal(ctx.services.pool, path, cause.code);
  if (cause instanceof Refusal) throw new TRPCError({ code: CODES[cause.code], message: cause.message, cause });
  if (isUnstorableText(cause)) throw new TRPCError({ code: "BAD_REQUEST", message: UNSTORABLE_TEXT, cause });
  const why = noteUnavailable(ctx.services, cause);
  if (why === undefined) return result;
  throw new TRPCError({ code: "SERVICE_UNAVAILABLE", message: why.message, cause });
});

export const router = t.router;
/** Anybody. `ctx.viewer()` says who, if anybody known. */
export const publicProcedure = t.procedure.use(refusals);

/** Anybody; but a token that may not read learns no more than that, not even what everybody sees. */
export const readProcedure = publicProcedure.meta({ scope: "read" }).use(async ({ ctx, next }) => {
  const viewer = await ctx.viewer();
  if (viewer !== null) checkScope(viewer, "read");
  return next();
});

/** Any user: an account, or a device without one. `ctx.user` is who. A personal token needs the scope named in `meta`. */
export const userProcedure = publicProcedure.use(async ({ ctx, meta, next }) => {
  const user = await ctx.viewer();
  if (user === null) {
    throw new Refusal("unauthenticated", "Nobody is known by this name here: sign in, or press Start in this browser.");
  }
  if (user.via === "token") checkScope(user, meta?.scope);
  return next({ ctx: { user } });
});

/** Whoever is signed in, or a personal token that has the scope named in `meta`. */
export const accountProcedure = userProcedure.use(({ ctx, next }) => {
  if (ctx.user.kind !== "account") throw new Refusal("unauthenticated", "Sign in first.");
  return next();
});

/** Who runs the site, signed in. */
export const operatorProcedure = accountProcedure.use(({ ctx, next }) => {
  if (!ctx.user.isOperator) throw new Refusal("forbidden", "Only operators of this site may do this.");
  return next();
});

function checkScope({ scopes }: Viewer, wanted: Scope | undefined): void {
  if (wanted === undefined) throw new Refusal("forbidden", "This cannot be done with a token: sign in.");
  if (scopes !== "all" && !scopes.includes(wanted)) {
    throw new Refusal("forbidden", `This token lacks the scope "${wanted}".`);
  }
}

export const createCallerFactory = t.createCallerFactory;
