import * as z from "zod";
import { type Viewer, viewerOfRequest } from "../account/viewer.ts";
import { nowSeconds } from "../clock.ts";
import { batchOptionsSchema, PART_MAX_BYTES } from "../core/submission/draft.ts";
import { sourceSchema } from "../core/submission/read-source.ts";
import { idSchema } from "../core/wire/exchange.ts";
import { depsOf } from "../deps.ts";
import { sendJson } from "../http/answer.ts";
import { answerRefusals } from "../http/answer-refusals.ts";
import { chunksOf, readBody } from "../http/body.ts";
import { passOver } from "../http/pass-over.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { requireRole } from "../project/authorise.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { findVersion } from "./draft-batch.ts";
import { requireBatchRole } from "./get-batch.ts";
import { checkAgainst, readPart, storePart } from "./store-part.ts";
import { submitStream } from "./submit-stream.ts";

/** Refusals are answered with their status. */
function refusing(path: string, handle: (route: RouteRequest, viewer: Viewer) => Promise<void>): Route["handle"] {
  return answerRefusals(path, async (route) => handle(route, await submitter(route)));
}

/** Who is signed in or holds a token that may submit. */
async function submitter({ services, request }: RouteRequest): Promise<Viewer> {
  const viewer = await viewerOfRequest(services, request);
  if (viewer === null || viewer.kind !== "account")
    throw new Refusal("unauthenticated", "Sign in, or send a personal token.");
  if (viewer.scopes !== "all" && !viewer.scopes.includes("submit")) {
    throw new Refusal("forbidden", 'This token lacks the scope "submit".');
  }
  return viewer;
}

function idOf(text: string | undefined, what: string): number {
  const parsed = idSchema.safeParse(text);
  if (!parsed.success) throw new Refusal("not_found", `There is no such ${what}.`);
  return Number(parsed.data);
}

const json = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "is no JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** Everything but the body stands in the address. */
const submitQuerySchema = z.strictObject({
  name: z.string(),
  key: z.string(),
  format: z.enum(["csv", "jsonl", "fasta", "fastq"]),
  /** JSON: `mapping` for csv and jsonl, `perWorkunit` and `head` for sequences. */
  source: json(z.record(z.string(), z.unknown())).default({}),
  options: json(batchOptionsSchema).optional(),
  flops: z.coerce.number().optional(),
  onBad: z.enum(["refuse", "skip"]).optional(),
  stopAbove: z.coerce.number().optional(),
  notifyMail: z.stringbool().optional(),
});

/** POST: the body is the file itself, however long; the answer comes when everything is created. */
async function submit({ params, request, response, services, url }: RouteRequest, viewer: Viewer): Promise<void> {
  const appVersionId = idOf(params["id"], "app version");
  const deps = await depsOf(services);
  const version = await findVersion(deps, appVersionId);
  await requireRole(services, viewer, version.project.id, "submitter");
  const query = parseOrRefuse(submitQuerySchema, Object.fromEntries(url.searchParams), "The address");
  const { name, key, format, source, options, flops, onBad, stopAbove, notifyMail } = query;
  const open = {
    appVersionId,
    name,
    key,
    options: { ...options, ...(flops === undefined ? {} : { flops }) },
    ...(onBad === undefined ? {} : { onBad }),
    ...(stopAbove === undefined ? {} : { stopAbove }),
    ...(notifyMail === undefined ? {} : { notifyMail }),
  };
  const parsed = parseOrRefuse(sourceSchema, { ...source, format }, "The source");
  const submission = { open, source: parsed, createdBy: viewer.userId };
  const finished = await submitStream(deps, submission, chunksOf(request), nowSeconds()).finally(() =>
    passOver(request),
  );
  sendJson(response, finished.isNew ? 201 : 200, finished);
}

/** PUT: one part of a batch that was opened, JSON lines of workunits. The same part again is fine. */
async function putPart({ params, request, response, services }: RouteRequest, viewer: Viewer): Promise<void> {
  const batchId = idOf(params["id"], "batch");
  const number = Number(
    z
      .string()
      .regex(/^\d{1,6}$/)
      .safeParse(params["number"]).data ?? Number.NaN,
  );
  if (!Number.isInteger(number)) throw new Refusal("bad_request", "Parts are numbered 0, 1, 2...");
  await requireBatchRole(services, viewer, batchId, "submitter");
  const deps = await depsOf(services);
  const { rows } = await deps.pool.query<{ app_version_id: number; options: unknown }>(
    "select b.app_version_id, c.options from batch b join batch_control c on c.batch_id = b.id where b.id = $1",
    [batchId],
  );
  const row = rows[0];
  if (row === undefined) throw new Refusal("conflict", "This batch was submitted whole and takes no parts.");
  const version = await deps.versions.get(row.app_version_id);
  const options = batchOptionsSchema.parse(row.options);
  const body = await readBody(request, PART_MAX_BYTES);
  const reads = readPart(body).map((read) => checkAgainst(version, options, read));
  sendJson(response, 200, await storePart(deps, { batchId, number, reads }, nowSeconds()));
}

const SUBMIT_PATH = "/api/versions/:id/batches";
const PART_PATH = "/api/batches/:id/parts/:number";

export const batchRoutes: readonly Route[] = [
  { method: "POST", path: SUBMIT_PATH, handle: refusing(SUBMIT_PATH, submit) },
  { method: "PUT", path: PART_PATH, handle: refusing(PART_PATH, putPart) },
];
