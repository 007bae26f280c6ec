import { mayReadWith, viewerOfRequest } from "../account/viewer.ts";
import { idSchema } from "../core/wire/exchange.ts";
import type { KernelManifest } from "../core/wire/kernel-manifest.ts";
import { type Deps, depsOf } from "../deps.ts";
import { getWorkunitStory } from "../evidence/get-workunit-story.ts";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { accessTo, mayReadData } from "../project/authorise.ts";
import { pageConfirmedOutputs } from "../project/list-results.ts";
import { outputKey } from "../storage/storage.ts";
import { csvRendering, jsonRendering, type Rendering } from "./render-results.ts";
import { sendStream } from "./send-stream.ts";

/** Outputs read at once: a page of the largest ones still fits in memory many times over. */
const PAGE = 50;

const GONE = "Nothing is stored at this address. The link may be old, or the result is not out yet.";

async function downloadResults(
  route: RouteRequest,
  make: (schema: KernelManifest["output"]) => Rendering,
  ending: string,
) {
  const slug = route.params["slug"] ?? "";
  const { pool } = route.services;
  const viewer = await viewerOfRequest(route.services, route.request);
  const access = await accessTo(pool, viewer, { slug });
  if (access === null || !mayReadData(access) || !mayReadWith(viewer)) throw new HttpError(404, GONE);
  const { rows } = await pool.query<{ manifest: KernelManifest }>(
    `select v.manifest from app_version v join app a on a.id = v.app_id join project p on p.id = a.project_id
      where p.slug = $1 order by v.id desc limit 1`,
    [slug],
  );
  const manifest = rows[0]?.manifest;
  if (!manifest) throw new HttpError(404, GONE);
  const rendering = make(manifest.output);
  route.response.writeHead(200, {
    "content-type": rendering.contentType,
    "content-disposition": `attachment; filename="${slug}-results.${ending}"`,
    "cache-control": "no-store",
  });
  if (route.request.method === "HEAD") return void route.response.end();
  await sendStream(route.response, textOf(await depsOf(route.services), slug, rendering), route.services);
}

/** Page after page, each only when it is asked for. */
async function* textOf({ pool, storage }: Pick<Deps, "pool" | "storage">, slug: string, rendering: Rendering) {
  yield rendering.head;
  let afterId = 0;
  let isFirst = true;
  for (;;) {
    const page = await pageConfirmedOutputs(pool, slug, { afterId, limit: PAGE });
    for (const row of page) {
      const output = row.output ?? (await storage.read(outputKey(row.workunitId, row.outputSha256)));
      yield rendering.row({ ...row, output }, isFirst);
      isFirst = false;
      afterId = row.workunitId;
    }
    if (page.length < PAGE) break;
  }
  yield rendering.tail;
}

async function downloadOutput({ params, request, response, services }: RouteRequest): Promise<void> {
  const id = idSchema.safeParse(params["id"]);
  const story = id.success ? await getWorkunitStory(services.pool, id.data) : null;
  const viewer = await viewerOfRequest(services, request);
  const access = story === null ? null : await accessTo(services.pool, viewer, { slug: story.project.slug });
  if (access === null || !mayReadData(access) || !mayReadWith(viewer)) throw new HttpError(404, GONE);
  if (!story?.settled || story.outputSha256 === null || story.outputDeleted) throw new HttpError(404, GONE);
  const inline = await services.pool.query<{ bytes: Buffer }>(
    "select o.bytes from workunit w join result_output o on o.result_id = w.canonical_result_id where w.id = $1",
    [story.id],
  );
  const { storage } = await depsOf(services);
  const bytes = inline.rows[0]?.bytes ?? (await storage.read(outputKey(story.id, story.outputSha256)));
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": bytes.length,
    "content-disposition": `attachment; filename="workunit-${story.id}${story.recalledSeconds === null ? "" : "-recalled"}.bin"`,
    etag: `"${story.outputSha256}"`,
    "cache-control": `${access.isPublic && access.isVisible ? "public" : "private"}, max-age=3600`,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

/** Downloads of confirmed results, only of workunits with nothing out any more. */
export const downloadRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/api/projects/:slug/results.csv",
    handle: (route) => downloadResults(route, csvRendering, "csv"),
  },
  {
    method: "GET",
    path: "/api/projects/:slug/results.json",
    handle: (route) => downloadResults(route, jsonRendering, "json"),
  },
  { method: "GET", path: "/api/workunits/:id/output", handle: downloadOutput },
];
