import { isDiskFull } from "../status/full-disk.ts";
import { VERSION } from "../version.ts";
import { sendJson } from "./answer.ts";
import type { Route } from "./route.ts";

/**
 * For load balancers and people: 200 while this process can serve, 503 while its database does not answer or has no room
 * for anything new.
 */
export const healthRoute: Route = {
  method: "GET",
  path: "/api/health",
  async handle({ response, services }) {
    const began = performance.now();
    const database = await services.pool.query("select 1").then(
      () => "ok" as const,
      (error: unknown) => {
        services.log.error({ err: error }, "health: the database does not answer");
        return "unreachable" as const;
      },
    );
    const disk = isDiskFull(services) ? "full" : "ok";
    const isWell = database === "ok" && disk === "ok";
    const state = services.stopping.aborted ? "stopping" : isWell ? "ok" : "degraded";
    sendJson(response, state === "ok" ? 200 : 503, {
      state,
      database,
      disk,
      databaseMs: Math.round(performance.now() - began),
      version: VERSION,
      uptimeSeconds: Math.round(process.uptime()),
    });
  },
};
