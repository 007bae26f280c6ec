import { initTRPC } from "@trpc/server";
import { VERSION } from "../version.ts";
import type { Context } from "./context.ts";

const t = initTRPC.context<Context>().create();

export const appRouter = t.router({
  health: t.router({ get: t.procedure.query(() => ({ version: VERSION })) }),
});

export type AppRouter = typeof appRouter;
export const createCaller = t.createCallerFactory(appRouter);
