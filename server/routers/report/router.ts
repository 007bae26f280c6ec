import * as z from "zod";
import { nowSeconds } from "../../clock.ts";
import { cleanReportText, projectReportSchema } from "../../core/wire/project-report.ts";
import { listReports, settleReport } from "../../report/list-reports.ts";
import { reportProject } from "../../report/report-project.ts";
import { operatorProcedure, publicProcedure, router } from "../../trpc/init.ts";

const REPORTS_SHOWN = 50;

const listInput = z.object({ settled: z.boolean(), beforeId: z.int().positive().nullable() });
const settleInput = z.object({ id: z.int().positive(), note: z.string().max(1_000) });

export const reportRouter = router({
  /** What anybody reports about a project. */
  create: publicProcedure
    .input(projectReportSchema)
    .mutation(({ ctx, input }) =>
      reportProject(ctx.services.pool, { ...input, address: ctx.address, nowSeconds: nowSeconds() }),
    ),
  list: operatorProcedure
    .input(listInput)
    .query(({ ctx, input }) => listReports(ctx.services.pool, { ...input, limit: REPORTS_SHOWN })),
  settle: operatorProcedure.input(settleInput).mutation(({ ctx, input }) =>
    settleReport(ctx.services.pool, {
      id: input.id,
      note: cleanReportText(input.note),
      nowSeconds: nowSeconds(),
    }),
  ),
});
