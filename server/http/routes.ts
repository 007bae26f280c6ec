import { accountRoutes } from "../account/routes.ts";
import { versionRoutes } from "../app-version/routes.ts";
import { batchRoutes } from "../batch/routes.ts";
import { clientRoute } from "../download/client-route.ts";
import { downloadRoutes } from "../download/routes.ts";
import { statisticsRoutes } from "../export/routes.ts";
import { volunteerRoutes } from "../file/routes.ts";
import { apiRoutes } from "../openapi/routes.ts";
import { projectRoutes } from "../project/picture-route.ts";
import { resultRoutes } from "../results/routes.ts";
import { healthRoute } from "./health.ts";
import { probeRoute } from "./probe.ts";
import type { Route } from "./route.ts";

/** Every plain route. Pages are Next's, calls are tRPC's. */
export const routes: readonly Route[] = [
  healthRoute,
  probeRoute,
  ...accountRoutes,
  ...volunteerRoutes,
  ...downloadRoutes,
  clientRoute,
  ...projectRoutes,
  ...statisticsRoutes,
  ...versionRoutes,
  ...batchRoutes,
  ...resultRoutes,
  ...apiRoutes,
];
