import { PackageRefusal } from "../kernel-package/package-refusal.ts";
import { countRefusal } from "../operator/count-refusals.ts";
import { Refusal, type RefusalCode } from "../refusal.ts";
import { sendJson } from "./answer.ts";
import type { Route, RouteRequest } from "./route.ts";

export const REFUSAL_STATUSES: Record<RefusalCode, number> = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  client_outdated: 412,
};

/** Runs a plain route's handler; a refusal becomes its status and `{code, message}`, and is counted under `path`. */
export function answerRefusals(path: string, handle: (route: RouteRequest) => Promise<void>): Route["handle"] {
  return async (route) => {
    try {
      await handle(route);
    } catch (error) {
      if (!(error instanceof Refusal) || route.response.headersSent) throw error;
      countRefusal(route.services.pool, `${route.request.method} ${path}`, error.code);
      // What is left of a body that was refused would be taken for the connection's next request.
      const headers = route.request.complete ? {} : { connection: "close" };
      const { code, message } = error;
      const faults = error instanceof PackageRefusal ? { faults: error.faults } : {};
      sendJson(route.response, REFUSAL_STATUSES[code], { code, message, ...faults }, headers);
    }
  };
}
