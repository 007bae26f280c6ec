import { mayReadWith, viewerOfRequest } from "../account/viewer.ts";
import { idSchema } from "../core/wire/exchange.ts";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { accessTo, mayReadData } from "../project/authorise.ts";
import { FORMATS, type Subject, serveResults } from "./serve-results.ts";

const NOTHING = "There is nothing at this address, or it is not for everybody.";

async function download(
  route: RouteRequest,
  ending: string,
  find: (route: RouteRequest) => Promise<Subject | null>,
): Promise<void> {
  const { request, services } = route;
  const [subject, viewer] = [await find(route), await viewerOfRequest(services, request)];
  const access = subject === null ? null : await accessTo(services.pool, viewer, { projectId: subject.projectId });
  if (subject === null || access === null || !mayReadData(access) || !mayReadWith(viewer)) {
    throw new HttpError(404, NOTHING);
  }
  await serveResults(route, { ending, subject });
}

async function findBatch({ params, services }: RouteRequest): Promise<Subject | null> {
  const id = idSchema.safeParse(params["id"]);
  if (!id.success) return null;
  const { rows } = await services.pool.query<Subject>(
    `select a.project_id as "projectId", b.id as "batchId", 'batch-' || b.id as name
       from batch b join app_version v on v.id = b.app_version_id join app a on a.id = v.app_id where b.id = $1`,
    [id.data],
  );
  return rows[0] ?? null;
}

async function findProject({ params, services }: RouteRequest): Promise<Subject | null> {
  const { rows } = await services.pool.query<Subject>(
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
