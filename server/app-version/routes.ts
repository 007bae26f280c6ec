import { viewerOfRequest } from "../account/viewer.ts";
import { nowSeconds } from "../clock.ts";
import { PACKAGE_MAX_ZIP_BYTES } from "../core/limits.ts";
import { depsOf } from "../deps.ts";
import { sendJson } from "../http/answer.ts";
import { answerRefusals } from "../http/answer-refusals.ts";
import { readBody } from "../http/body.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { requireRoleIn } from "../project/authorise.ts";
import { Refusal } from "../refusal.ts";
import { publishZip } from "./publish-zip.ts";

const PUBLISH_PATH = "/api/projects/:slug/versions";

/** POST: the body is a kernel package, a zip. Admins of the project, with a token of the scope "publish" or signed in. */
async function publish({ params, request, response, services }: RouteRequest): Promise<void> {
  const viewer = await viewerOfRequest(services, request);
  if (viewer?.kind !== "account") throw new Refusal("unauthenticated", "Sign in, or send a personal token.");
  if (viewer.scopes !== "all" && !viewer.scopes.includes("publish")) {
    throw new Refusal("forbidden", 'This token lacks the scope "publish".');
  }
  const { projectId } = await requireRoleIn(services.pool, viewer, { slug: params["slug"] ?? "" }, "admin");
  const zip = await readBody(request, PACKAGE_MAX_ZIP_BYTES);
  const published = await publishZip(await depsOf(services), { projectId, zip, viewer }, nowSeconds());
  sendJson(response, published.isNew ? 201 : 200, published);
}

export const versionRoutes: readonly Route[] = [
  { method: "POST", path: PUBLISH_PATH, handle: answerRefusals(PUBLISH_PATH, publish) },
];
