import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { mayReadWith, viewerOfRequest } from "../account/viewer.ts";
import { idSchema } from "../core/wire/exchange.ts";
import { depsOf } from "../deps.ts";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { accessTo, mayReadData } from "../project/authorise.ts";
import { parquetFile } from "./parquet-file.ts";
import { type ResultQuery, type ResultRow, readResults } from "./result-rows.ts";
import { concatenated, csvLines, jsonLines } from "./text-formats.ts";
import { zipFile } from "./zip-file.ts";

const NOTHING = "There is nothing at this address, or it is not for everybody.";

type Format = {
  contentType: string;
  /** An earlier file of this format can be gone on with. */
  resumable: boolean;
  render(rows: AsyncIterable<ResultRow>, isContinued: boolean): AsyncIterable<string | Uint8Array>;
};

const FORMATS: Record<string, Format> = {
  jsonl: { contentType: "application/jsonl; charset=utf-8", resumable: true, render: jsonLines },
  csv: {
    contentType: "text/csv; charset=utf-8",
    resumable: true,
    render: (rows, isContinued) => csvLines(rows, !isContinued),
  },
  bin: { contentType: "application/octet-stream", resumable: true, render: concatenated },
  parquet: { contentType: "application/vnd.apache.parquet", resumable: false, render: parquetFile },
  zip: { contentType: "application/zip", resumable: false, render: zipFile },
};

/** What a download asks for beside its address. `after`: the last workunit that is here already. */
const querySchema = z.object({
  after: z.coerce.number().int().min(0).optional(),
  since: z.coerce.number().int().min(0).optional(),
  app: z.string().max(40).optional(),
  version: z.string().max(20).optional(),
  tag: z
    .string()
    .max(300)
    .regex(/^[^:]{1,60}:/, "use tag=NAME:VALUE")
    .optional(),
});

async function download(
  route: RouteRequest,
  ending: string,
  find: (route: RouteRequest) => Promise<Found | null>,
): Promise<void> {
  const { request, response, services, url } = route;
  const format = FORMATS[ending];
  const parsed = querySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!parsed.success)
    throw new HttpError(
      400,
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
    );
  const { after, since, app, version, tag } = parsed.data;
  const [found, viewer] = [await find(route), await viewerOfRequest(services, request)];
  const access = found === null ? null : await accessTo(services.pool, viewer, { projectId: found.projectId });
  if (format === undefined || found === null || access === null || !mayReadData(access) || !mayReadWith(viewer)) {
    throw new HttpError(404, NOTHING);
  }
  const isContinued = after !== undefined && after > 0;
  if (isContinued && !format.resumable)
    throw new HttpError(400, `A ${ending} file cannot be gone on with; use jsonl or csv.`);
  const query: ResultQuery = {
    projectId: found.projectId,
    ...(found.batchId === undefined ? {} : { batchId: found.batchId }),
    ...(app === undefined ? {} : { app }),
    ...(version === undefined ? {} : { version }),
    ...(since === undefined ? {} : { sinceSeconds: since }),
    ...(tag === undefined
      ? {}
      : { tag: { name: tag.slice(0, tag.indexOf(":")), value: tag.slice(tag.indexOf(":") + 1) } }),
    ...(after === undefined ? {} : { afterId: after }),
  };
  response.writeHead(200, {
    "content-type": format.contentType,
    "content-disposition": `attachment; filename="${found.name}.${ending}"`,
    "cache-control": "no-store",
  });
  if (request.method === "HEAD") return void response.end();
  const bytes = nonEmpty(format.render(readResults(await depsOf(services), query), isContinued));
  // One chunk ahead and no more: a reader that stops reading stops the database too.
  await pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 1 }), response, { signal: services.stopping });
}

/** An empty chunk says nothing, and a stream of objects may pass it on as the end. */
async function* nonEmpty(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  for await (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

type Found = { projectId: number; batchId?: number; name: string };

async function findBatch({ params, services }: RouteRequest): Promise<Found | null> {
  const id = idSchema.safeParse(params["id"]);
  if (!id.success) return null;
  const { rows } = await services.pool.query<Found>(
    `select a.project_id as "projectId", b.id as "batchId", 'batch-' || b.id as name
       from batch b join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id where b.id = $1`,
    [id.data],
  );
  return rows[0] ?? null;
}

async function findProject({ params, services }: RouteRequest): Promise<Found | null> {
  const { rows } = await services.pool.query<Found>(
    `select id as "projectId", slug || '-results' as name from project where slug = $1`,
    [params["slug"] ?? ""],
  );
  return rows[0] ?? null;
}

/** Formats of a whole project that server/download does not give. */
const PROJECT_FORMATS = ["jsonl", "bin", "parquet", "zip"];

/** Results of a batch or of a project as files: whole, while it runs and after, and from where an earlier one ended. */
export const resultRoutes: readonly Route[] = [
  ...Object.keys(FORMATS).map(
    (ending): Route => ({
      method: "GET",
      path: `/api/batches/:id/results.${ending}`,
      handle: (route) => download(route, ending, findBatch),
    }),
  ),
  ...PROJECT_FORMATS.map(
    (ending): Route => ({
      method: "GET",
      path: `/api/projects/:slug/results.${ending}`,
      handle: (route) => download(route, ending, findProject),
    }),
  ),
];
