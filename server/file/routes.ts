import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { mayReadWith, viewerOfRequest } from "../account/viewer.ts";
import { nowSeconds } from "../clock.ts";
import { EXCHANGE_MAX_BODY_BYTES } from "../core/limits.ts";
import {
  exchangeRequestSchema,
  exchangeResponseSchema,
  idSchema,
  leaseTokenSchema,
  sessionRequestSchema,
  sessionResponseSchema,
  sha256Schema,
} from "../core/wire/exchange.ts";
import {
  appVersionDocumentSchema,
  EXCHANGE_SCHEMA_PATH,
  FILES_PATH,
  LEASE_TOKEN_HEADER,
  PARK_PATH,
  parkRequestSchema,
  RESULT_ID_HEADER,
} from "../core/wire/http.ts";
import { KERNEL_SCHEMA_PATH, kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import { depsOf } from "../deps.ts";
import { hostOfToken } from "../host/authenticate.ts";
import { sendJson } from "../http/answer.ts";
import { answerRefusals } from "../http/answer-refusals.ts";
import { chunksOf, readBody } from "../http/body.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { Refusal } from "../refusal.ts";
import { parkLeases } from "../result/park-leases.ts";
import { bearerToken } from "../trpc/context.ts";
import { mayReadFile } from "./may-read-file.ts";
import { putOutput } from "./put-output.ts";
import { openFile } from "./store-file.ts";

/** The plain HTTP routes of a volunteer's client (server/core/wire/http.ts says what each does). */

async function getFile({ params, request, response, services }: RouteRequest): Promise<void> {
  const sha256 = sha256Schema.safeParse(params["sha256"]);
  if (!sha256.success) throw new Refusal("bad_request", "A file's address is its SHA-256, 64 lower-case hex digits.");
  const etag = `"${sha256.data}"`;
  const deps = await depsOf(services);
  const caller = await viewerOfRequest(services, request);
  // A token without the scope to read sees what everybody sees.
  const viewer = mayReadWith(caller) ? caller : null;
  const access = await mayReadFile(services.pool, sha256.data, { viewer, hostId: viewer?.hostId ?? null });
  if (access === "no") throw new Refusal("not_found", "There is no file with this SHA-256.");
  const keeper = access === "public" ? "public" : "private";
  const headers = { "cache-control": `${keeper}, max-age=31536000, immutable`, etag };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const file = await openFile(deps, sha256.data);
  if (file === null) throw new Refusal("not_found", "There is no file with this SHA-256.");
  response.writeHead(200, {
    ...headers,
    "content-type": "application/octet-stream",
    "content-length": file.bytes,
    "content-disposition": "attachment",
  });
  if (request.method === "HEAD") {
    file.stream.destroy();
    response.end();
    return;
  }
  await pipeline(file.stream, response).catch((error: NodeJS.ErrnoException) => {
    // The client went away in the middle: nobody is left to be told.
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}

async function putFile({ params, request, response, services }: RouteRequest): Promise<void> {
  const deps = await depsOf(services);
  const hostId = hostOfToken(deps, bearerToken(request), nowSeconds());
  const upload = uploadSchema.safeParse({
    sha256: params["sha256"],
    resultId: request.headers[RESULT_ID_HEADER],
    leaseToken: request.headers[LEASE_TOKEN_HEADER],
  });
  if (!upload.success)
    throw new Refusal("bad_request", "An upload names its SHA-256, its result and its lease's token.");
  const { rows } = await deps.pool.query<{ user_id: number }>(
    "select user_id from host where id = $1 and removed_seconds is null",
    [hostId],
  );
  const userId = rows[0]?.user_id;
  if (userId === undefined)
    throw new Refusal("unauthenticated", "This host is not known any more: open a new session.");
  const { sha256, resultId, leaseToken } = upload.data;
  await putOutput(deps, { userId, resultId: Number(resultId), leaseToken, sha256, source: chunksOf(request) });
  response.writeHead(204).end();
}

const uploadSchema = z.object({ sha256: sha256Schema, resultId: idSchema, leaseToken: leaseTokenSchema });

/** A beacon of 1024 leases is a tenth of this. */
const PARK_MAX_BODY_BYTES = Math.min(1024 * 1024, EXCHANGE_MAX_BODY_BYTES);

async function park({ request, response, services }: RouteRequest): Promise<void> {
  const body = Buffer.from(await readBody(request, PARK_MAX_BODY_BYTES)).toString("utf8");
  const parsed = parkRequestSchema.safeParse(parseJson(body));
  if (!parsed.success) throw new Refusal("bad_request", "This is not a list of leases to park or to give back.");
  const proofs = (list: { resultId: string; leaseToken: string }[]) =>
    list.map(({ resultId, leaseToken }) => ({ resultId: Number(resultId), leaseToken }));
  const { park: kept, giveBack } = parsed.data;
  await parkLeases(await depsOf(services), { park: proofs(kept), giveBack: proofs(giveBack) }, nowSeconds());
  response.writeHead(204).end();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What crosses the network, as JSON Schema: requests as they may be sent, answers as they come. */
function exchangeSchema(): unknown {
  const request = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input" });
  return {
    session: { request: request(sessionRequestSchema), response: z.toJSONSchema(sessionResponseSchema) },
    exchange: { request: request(exchangeRequestSchema), response: z.toJSONSchema(exchangeResponseSchema) },
    park: { request: request(parkRequestSchema) },
    appVersion: z.toJSONSchema(appVersionDocumentSchema),
  };
}

export const volunteerRoutes: readonly Route[] = [
  { method: "GET", path: `${FILES_PATH}:sha256`, handle: answerRefusals(FILES_PATH, getFile) },
  { method: "PUT", path: `${FILES_PATH}:sha256`, handle: answerRefusals(FILES_PATH, putFile) },
  { method: "POST", path: PARK_PATH, handle: answerRefusals(PARK_PATH, park) },
  {
    method: "GET",
    path: EXCHANGE_SCHEMA_PATH,
    handle: async ({ response }) =>
      sendJson(response, 200, exchangeSchema(), { "cache-control": "public, max-age=3600" }),
  },
  {
    method: "GET",
    path: KERNEL_SCHEMA_PATH,
    handle: async ({ response }) =>
      sendJson(response, 200, z.toJSONSchema(kernelManifestSchema, { io: "input" }), {
        "cache-control": "public, max-age=3600",
      }),
  },
];
