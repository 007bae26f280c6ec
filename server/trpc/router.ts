import { accountRouter } from "../routers/account/router.ts";
import { adminRouter } from "../routers/admin/router.ts";
import { batchRouter } from "../routers/batch/router.ts";
import { creditRouter } from "../routers/credit/router.ts";
import { handlerRouter } from "../routers/handler/router.ts";
import { invitationRouter } from "../routers/invitation/router.ts";
import { leaderboardRouter } from "../routers/leaderboard/router.ts";
import { memberRouter } from "../routers/member/router.ts";
import { projectRouter } from "../routers/project/router.ts";
import { reportRouter } from "../routers/report/router.ts";
import { scienceRouter } from "../routers/science/router.ts";
import { siteRouter } from "../routers/site/router.ts";
import { statisticsRouter } from "../routers/statistics/router.ts";
import { statusRouter } from "../routers/status/router.ts";
import { teamRouter } from "../routers/team/router.ts";
import { tokenRouter } from "../routers/token/router.ts";
import { versionRouter } from "../routers/version/router.ts";
import { volunteerRouter } from "../routers/volunteer/router.ts";
import { workunitRouter } from "../routers/workunit/router.ts";
import { VERSION } from "../version.ts";
import { createCallerFactory, publicProcedure, router } from "./init.ts";

export const appRouter = router({
  health: router({ get: publicProcedure.query(() => ({ version: VERSION })) }),
  account: accountRouter,
  project: projectRouter,
  member: memberRouter,
  invitation: invitationRouter,
  handler: handlerRouter,
  token: tokenRouter,
  admin: adminRouter,
  science: scienceRouter,
  workunit: workunitRouter,
  leaderboard: leaderboardRouter,
  credit: creditRouter,
  report: reportRouter,
  site: siteRouter,
  batch: batchRouter,
  statistics: statisticsRouter,
  status: statusRouter,
  team: teamRouter,
  version: versionRouter,
  volunteer: volunteerRouter,
});

export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
