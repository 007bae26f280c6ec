import { initTRPC, TRPCError } from "@trpc/server";
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

const t = initTRPC.context<Context>().create({
  /** A refusal tells its own code beside tRPC's; what nobody foresaw tells nothing of what is inside. */
  errorFormatter({ shape, error }) {
    const refusal = error.cause instanceof Refusal ? error.cause : undefined;
    const isOurs = error.code === "INTERNAL_SERVER_ERROR";
    return {
      ...shape,
      message: isOurs ? "Something went wrong here; it has been logged. Try again later." : shape.message,
      data: {
        code: shape.data.code,
        httpStatus: shape.data.httpStatus,
        path: shape.data.path,
        ...(refusal && { refusal: refusal.code }),
        ...(refusal?.retryAfterSeconds !== undefined && { retryAfterSeconds: refusal.retryAfterSeconds }),
      },
    };
  },
});

/**
 * Use cases refuse with `Refusal`; over the wire that is an error with the right status and the same sentence. So is a
 * database that is away.
 */
const refusals = t.middleware(async ({ ctx, next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause } = result.error;
  if (cause instanceof Refusal) throw new TRPCError({ code: CODES[cause.code], message: cause.message, cause });
  const why = noteUnavailable(ctx.services, cause);
  if (why === undefined) return result;
  throw new TRPCError({ code: "SERVICE_UNAVAILABLE", message: why.message, cause });
});

export const router = t.router;
export const publicProcedure = t.procedure.use(refusals);
export const createCallerFactory = t.createCallerFactory;
