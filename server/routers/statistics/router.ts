import { nowSeconds } from "../../clock.ts";
import { consentInputSchema, getStatisticsConsent, setStatisticsConsent } from "../../export/statistics-consent.ts";
import { accountProcedure, router } from "../../trpc/init.ts";

export const statisticsRouter = router({
  getConsent: accountProcedure.query(({ ctx }) => getStatisticsConsent(ctx.services, ctx.user.userId)),
  setStatisticsConsent: accountProcedure
    .input(consentInputSchema)
    .mutation(({ ctx, input }) => setStatisticsConsent(ctx.services, { userId: ctx.user.userId, input }, nowSeconds())),
});
