import { type Viewer, viewerOfRequest } from "../account/viewer.ts";
import { nowSeconds } from "../clock.ts";
import { FILE_MAX_BYTES } from "../core/limits.ts";
import { sha256Schema } from "../core/wire/exchange.ts";
import { type Deps, depsOf } from "../deps.ts";
import { keepFiles, roomOf } from "../file/keep-files.ts";
import { storeFile } from "../file/store-file.ts";
import { sendJson } from "../http/answer.ts";
import { answerRefusals } from "../http/answer-refusals.ts";
import { chunksOf } from "../http/body.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { requireRoleIn } from "./authorise.ts";

type Upload = { slug: string; sha256: string; source: AsyncIterable<Uint8Array>; declaredBytes: number };

/**
 * Stores a file that workunits of a project will name, hashed on the way. It counts for the project's quota and goes again
 * after FILE_GRACE_SECONDS unless a batch names it. The same file again is fine.
 * @returns its size in bytes.
 * @throws {Refusal} below submitter, over quota (before the first byte is read where the size is declared), a wrong hash.
 */
export async function uploadFile(deps: Deps, viewer: Viewer, upload: Upload, nowSeconds: number): Promise<number> {
  const { slug, sha256, source, declaredBytes } = upload;
  const { projectId } = await requireRoleIn(deps.pool, viewer, { slug }, "submitter");
  if (declaredBytes > FILE_MAX_BYTES) {
    throw new Refusal("too_large", `A file has at most ${FILE_MAX_BYTES} bytes, this one ${declaredBytes}.`);
  }
  const room = await roomOf(deps.pool, projectId, declaredBytes);
  const bytes = await storeFile(deps, { sha256, source, maxBytes: room }, nowSeconds);
  await inTransaction(deps, "upload", (client) =>
    keepFiles(client, { projectId, use: null, hashes: [sha256] }, nowSeconds),
  );
  return bytes;
}

/** PUT /api/projects/SLUG/files/SHA256: the body is the file. For who is signed in, or a token that may submit. */
async function putFile({ params, request, response, services }: RouteRequest): Promise<void> {
  const sha256 = sha256Schema.safeParse(params["sha256"]);
  if (!sha256.success) throw new Refusal("bad_request", "A file's address is its SHA-256, 64 lower-case hex digits.");
  const viewer = await viewerOfRequest(services, request);
  if (viewer?.kind !== "account") throw new Refusal("unauthenticated", "Sign in, or send a personal token.");
  if (viewer.scopes !== "all" && !viewer.scopes.includes("submit")) {
    throw new Refusal("forbidden", 'This token lacks the scope "submit".');
  }
  const upload = {
    slug: params["slug"] ?? "",
    sha256: sha256.data,
    source: chunksOf(request),
    declaredBytes: Number(request.headers["content-length"] ?? 0),
  };
  const bytes = await uploadFile(await depsOf(services), viewer, upload, nowSeconds());
  sendJson(response, 201, { sha256: sha256.data, bytes });
}

const PATH = "/api/projects/:slug/files/:sha256";
export const uploadRoute: Route = { method: "PUT", path: PATH, handle: answerRefusals(PATH, putFile) };
