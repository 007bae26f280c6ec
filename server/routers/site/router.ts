import type { OpenApiDocument } from "../../core/wire/open-api.ts";
import { publicProcedure, router } from "../../trpc/init.ts";

export const siteRouter = router({
  /** Who runs this site, as the settings say; null where they do not. Lines of the address are parted by "|". */
  operator: publicProcedure.query(({ ctx }) => {
    const { settings } = ctx.services;
    const lines = (text: string | undefined) => (text ?? "").split("|").flatMap((line) => line.trim() || []);
    return {
      name: settings.OPERATOR_NAME ?? null,
      address: lines(settings.OPERATOR_ADDRESS),
      email: settings.OPERATOR_EMAIL ?? null,
      phone: settings.OPERATOR_PHONE ?? null,
      details: lines(settings.OPERATOR_DETAILS),
    };
  }),
  /** The description of the HTTP API, as /api/openapi.json has it. It is read only when asked for, as it needs all of the router. */
  httpApi: publicProcedure.query(async ({ ctx }): Promise<OpenApiDocument> => {
    const { openApiDocument } = await import("../../openapi/document.ts");
    return openApiDocument(ctx.services.settings.PUBLIC_URL?.replace(/\/$/, "") ?? "http://localhost");
  }),
});
