import type { Deps } from "../deps.ts";
import { callWebhook } from "./call-webhook.ts";
import { exportDeliveries } from "./export-file.ts";
import { dueHandlers, type Handler } from "./handlers.ts";

/**
 * Delivers what is due to the projects' handlers: each handler on a lane of its own, so that one that is slow, failing or
 * gone costs the others nothing but, at worst, the time limit of one call before they are looked at again.
 * @returns deliveries that succeeded.
 */
export async function deliverToHandlers(deps: Deps, nowSeconds: number): Promise<number> {
  const handlers = await dueHandlers(deps, nowSeconds);
  const delivered = await Promise.all(
    handlers.map((handler) =>
      deliverTo(deps, handler, nowSeconds).catch((error: unknown) => {
        // Nothing of it is lost: what was taken falls due again.
        deps.log.error({ err: error, handler: handler.id }, "delivering to a handler broke off");
        return 0;
      }),
    ),
  );
  return delivered.reduce((sum, count) => sum + count, 0);
}

function deliverTo(deps: Deps, handler: Handler, nowSeconds: number): Promise<number> {
  switch (handler.kind) {
    case "webhook":
      return callWebhook(deps, handler, nowSeconds);
    case "export":
      return exportDeliveries(deps, handler, nowSeconds);
  }
}
