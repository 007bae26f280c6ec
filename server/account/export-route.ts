import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { nowSeconds } from "../clock.ts";
import { HttpError } from "../http/http-error.ts";
import type { Route } from "../http/route.ts";
import { Refusal } from "../refusal.ts";
import { exportAccount } from "./export-account.ts";
import { isDeviceOfAccount, viewerOfRequest } from "./viewer.ts";

/** Everything stored about whoever asks, as a file. For an account, or, without one, for the device's user. */
export const exportRoute: Route = {
  method: "GET",
  path: "/api/account/export",
  async handle({ request, response, services }) {
    const viewer = await viewerOfRequest(services, request).catch((error: unknown) => {
      throw error instanceof Refusal ? new HttpError(403, error.message) : error;
    });
    if (viewer === null || viewer.via === "token") throw new HttpError(401, "Sign in first.");
    if (await isDeviceOfAccount(services.pool, viewer)) throw new HttpError(401, "Sign in first.");
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-disposition": 'attachment; filename="quorate-account.json"',
      "cache-control": "no-store",
    });
    await pipeline(Readable.from(exportAccount(services.pool, viewer.userId, nowSeconds())), response);
  },
};
