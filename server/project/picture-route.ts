import { viewerOfRequest } from "../account/viewer.ts";
import { depsOf } from "../deps.ts";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { fileKey } from "../storage/storage.ts";
import { accessTo } from "./authorise.ts";
import { sniffPicture } from "./sniff-picture.ts";
import { uploadRoute } from "./upload-route.ts";

const NOTHING = "There is no picture at this address.";

/** GET /api/projects/SLUG/picture/SHA256: a picture's address names its bytes, so that browsers keep it for ever. */
async function getPicture({ params, request, response, services }: RouteRequest): Promise<void> {
  const { slug = "", sha256 = "" } = params;
  const access = await accessTo(services.pool, await viewerOfRequest(services, request), { slug });
  const { rows } = await services.pool.query<{ sha256: string | null }>(
    "select picture_sha256 as sha256 from project where id = $1",
    [access?.projectId ?? null],
  );
  if (access === null || rows[0]?.sha256 !== sha256) throw new HttpError(404, NOTHING);
  const bytes = await (await depsOf(services)).storage.read(fileKey(sha256));
  response.writeHead(200, {
    // What it is, its bytes say, once more: nothing that was stored is ever served as anything else.
    "content-type": sniffPicture(bytes).type,
    "content-length": bytes.length,
    "cache-control": `${access.isVisible ? "public" : "private"}, max-age=31536000, immutable`,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

export const projectRoutes: readonly Route[] = [
  { method: "GET", path: "/api/projects/:slug/picture/:sha256", handle: getPicture },
  uploadRoute,
];
