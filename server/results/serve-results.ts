import { createHash } from "node:crypto";
import * as z from "zod";
import { depsOf } from "../deps.ts";
import { sendStream } from "../download/send-stream.ts";
import { HttpError } from "../http/http-error.ts";
import type { RouteRequest } from "../http/route.ts";
import { VERSION } from "../version.ts";
import { type ByteRange, hasAlready, wantedRange } from "./byte-range.ts";
import { bytesOf, measureFile, partOf, type ResultFile, startFor } from "./measure-file.ts";
import { measuredFilesOf } from "./measured-files.ts";
import { parquetFile } from "./parquet-file.ts";
import { BEGINNING, isOfThisCluster, readPlace } from "./place.ts";
import type { ResultQuery } from "./result-rows.ts";
import { concatenated, csvLines, jsonLines } from "./text-formats.ts";
import { zipFile } from "./zip-file.ts";

/** What results are asked of, and what the file is called. */
export type Subject = { projectId: number; batchId?: number; name: string };

type Format = {
  contentType: string;
  /** An earlier file can be gone on with: what was written says nothing of what follows. */
  isResumable: boolean;
  /** Rows say where to go on (`cursor`). */
  hasCursor: boolean;
  render: ResultFile["render"];
};

export const FORMATS: Readonly<Record<string, Format>> = {
  jsonl: { contentType: "application/jsonl; charset=utf-8", isResumable: true, hasCursor: true, render: jsonLines },
  csv: { contentType: "text/csv; charset=utf-8", isResumable: true, hasCursor: true, render: csvLines },
  bin: { contentType: "application/octet-stream", isResumable: true, hasCursor: false, render: concatenated },
  parquet: {
    contentType: "application/vnd.apache.parquet",
    isResumable: false,
    hasCursor: false,
    render: (rows) => parquetFile(rows),
  },
  zip: { contentType: "application/zip", isResumable: false, hasCursor: false, render: (rows) => zipFile(rows) },
};

/** What a download asks for beside its address. `after`, `cursor`: where an earlier one ended, in either order. */
const querySchema = z.object({
  after: z.coerce.number().int().min(0).optional(),
  order: z.enum(["inputs", "completed"]).default("inputs"),
  cursor: z
    .string()
    .transform((text, context) => {
      const place = readPlace(text);
      if (place !== null) return place;
      context.addIssue({ code: "custom", message: "this is no cursor of a line of results" });
      return z.NEVER;
    })
    .optional(),
  since: z.coerce.number().int().min(0).optional(),
  app: z.string().max(40).optional(),
  version: z.string().max(20).optional(),
  tag: z
    .string()
    .max(300)
    .regex(/^[^:]{1,60}:/, "use tag=NAME:VALUE")
    .optional(),
});
type Asked = z.output<typeof querySchema>;

function readAsked(url: URL, ending: string, format: Format): Asked {
  const parsed = querySchema.safeParse(Object.fromEntries(url.searchParams));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new HttpError(400, faults.join("; "));
  }
  const { order, after = 0, cursor } = parsed.data;
  if (order === "completed" && !format.hasCursor) {
    throw new HttpError(400, `A ${ending} file is in the order of the inputs; use jsonl or csv.`);
  }
  if (order === "completed" && after > 0) throw new HttpError(400, "With order=completed go on with cursor=...");
  if (order === "inputs" && cursor !== undefined) throw new HttpError(400, "A cursor needs order=completed.");
  if (after > 0 && !format.isResumable) {
    throw new HttpError(400, `A ${ending} file cannot be gone on with; use jsonl or csv.`);
  }
  return parsed.data;
}

function queryOf({ projectId, batchId }: Subject, asked: Asked, isSettled: boolean): ResultQuery {
  const { after, order, cursor, since, app, version, tag } = asked;
  const colon = tag?.indexOf(":") ?? 0;
  return {
    projectId,
    ...(batchId === undefined ? {} : { batchId }),
    ...(app === undefined ? {} : { app }),
    ...(version === undefined ? {} : { version }),
    ...(since === undefined ? {} : { sinceSeconds: since }),
    ...(tag === undefined ? {} : { tag: { name: tag.slice(0, colon), value: tag.slice(colon + 1) } }),
    ...(after === undefined ? {} : { afterId: after }),
    ...(order === "completed" ? { asCompleted: { from: cursor ?? BEGINNING, isSettled } } : {}),
  };
}

/**
 * Answers with results as a file. Of a batch that has ended the same bytes come every time: they have an ETag, and a part of them
 * can be asked for (`Range`), so that any program goes on with a download that broke off. No file is kept for that: it is written
 * to nowhere, once, to learn its length and where its rows end. Everything else is answered whole, or gone on with by `after` and
 * `cursor`, which cost nothing.
 * @throws {HttpError}
 */
export async function serveResults(
  route: RouteRequest,
  { ending, subject }: { ending: string; subject: Subject },
): Promise<void> {
  const { request, response, services, url } = route;
  const format = FORMATS[ending];
  if (format === undefined) throw new HttpError(404, "There is no such format.");
  const asked = readAsked(url, ending, format);
  if (asked.cursor !== undefined && !(await isOfThisCluster(services.pool, asked.cursor))) {
    throw new HttpError(400, "This cursor is from before the database was restored; begin again.");
  }
  const mayBeStable = format.isResumable && subject.batchId !== undefined;
  const { pool } = services;
  const look = async () => await measuredFilesOf(pool).fingerprint(pool, subject.batchId ?? 0);
  const fingerprint = mayBeStable ? await look() : null;
  const query = queryOf(subject, asked, fingerprint !== null);
  const manner = {
    isContinued: (asked.after ?? 0) > 0 || asked.cursor !== undefined,
    isAsCompleted: asked.order === "completed",
  };
  const file: ResultFile = { query, manner, render: format.render };
  const etag = fingerprint === null ? null : etagOf(ending, file, fingerprint);
  const headers = {
    "content-type": format.contentType,
    "content-disposition": `attachment; filename="${subject.name}.${ending}"`,
    "cache-control": "no-store",
    ...(etag === null ? {} : { etag, "accept-ranges": "bytes" }),
  };
  if (etag !== null && hasAlready(request.headers, etag)) return void response.writeHead(304, { etag }).end();
  if (request.method === "HEAD") return void response.writeHead(200, headers).end();
  const range = etag === null ? null : wantedRange(request.headers, etag);
  if (etag !== null && range !== null) {
    const isSame = async () => (await look()) === fingerprint;
    return await sendRange(route, { file, range, etag, headers, isSame });
  }
  response.writeHead(200, headers);
  await sendStream(response, bytesOf(await depsOf(services), file), services);
}

/** As long as it is the same, so are the bytes: what is asked for, of what, written by which version of this program. */
function etagOf(ending: string, { query, manner }: ResultFile, fingerprint: string): string {
  const what = JSON.stringify([VERSION, ending, query, manner, fingerprint]);
  return `"${createHash("sha256").update(what).digest("base64url").slice(0, 32)}"`;
}

type Part = {
  file: ResultFile;
  range: ByteRange;
  etag: string;
  headers: Record<string, string>;
  isSame: () => Promise<boolean>;
};

async function sendRange({ response, services }: RouteRequest, part: Part): Promise<void> {
  const { file, range, etag, headers, isSame } = part;
  const deps = await depsOf(services);
  const isUnwanted = () => response.destroyed || services.stopping.aborted;
  const measured = await measuredFilesOf(services.pool).measure(etag, () => measureFile(deps, file, isUnwanted));
  if (measured === null || isUnwanted()) return void response.destroy();
  const { bytes } = measured;
  if (range.first >= bytes) {
    const { "content-type": type = "" } = headers;
    const told = { etag, "content-type": type, "accept-ranges": "bytes", "content-range": `bytes */${bytes}` };
    return void response.writeHead(416, told).end();
  }
  const { start, startBytes } = startFor(file, measured, range.first);
  const last = Math.min(range.last ?? bytes - 1, bytes - 1);
  const count = last - range.first + 1;
  response.writeHead(206, {
    ...headers,
    "content-length": count,
    "content-range": `bytes ${range.first}-${last}/${bytes}`,
  });
  await sendStream(response, partOf(bytesOf(deps, start), { skip: range.first - startBytes, count, isSame }), services);
}
