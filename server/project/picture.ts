import type { Viewer } from "../account/viewer.ts";
import type { Deps } from "../deps.ts";
import { keepFiles, releaseFiles } from "../file/keep-files.ts";
import { storeBytes } from "../file/store-file.ts";
import { writeDown } from "../operator/audit-log.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { requireRoleIn } from "./authorise.ts";
import { sniffPicture } from "./sniff-picture.ts";

export const PICTURE_MAX_BYTES = 1024 * 1024;

/**
 * Gives a project its picture, or with null takes it away. What a picture is, its bytes say; SVG, which can carry scripts, is
 * none here.
 * @throws {Refusal} `bad_request` with what is wrong with the picture, `too_large`, `not_found`, `forbidden` below admin.
 */
export async function setPicture(
  deps: Deps,
  viewer: Viewer,
  { slug, bytes }: { slug: string; bytes: Uint8Array | null },
  nowSeconds: number,
): Promise<void> {
  const { projectId } = await requireRoleIn(deps.pool, viewer, { slug }, "admin");
  const sha256 = bytes === null ? null : await store(deps, bytes, nowSeconds);
  await inTransaction(deps, "set_picture", async (client) => {
    await client.query("select from project where id = $1 for update", [projectId]);
    const use = { kind: "picture" as const, subjectId: projectId };
    await releaseFiles(client, use);
    if (sha256 !== null) await keepFiles(client, { projectId, use, hashes: [sha256] }, nowSeconds);
    await client.query("update project set picture_sha256 = $2 where id = $1", [projectId, sha256]);
    const deed = {
      actorId: viewer.userId,
      action: "project.picture",
      subject: { kind: "project" as const, id: projectId },
    };
    await writeDown(client, { ...deed, projectId, details: { sha256 } }, nowSeconds);
  });
}

async function store(deps: Deps, bytes: Uint8Array, nowSeconds: number): Promise<string> {
  if (bytes.byteLength > PICTURE_MAX_BYTES) {
    throw new Refusal("too_large", `A picture has at most ${PICTURE_MAX_BYTES / 1024} KiB; make it smaller.`);
  }
  sniffPicture(bytes);
  return await storeBytes(deps, bytes, nowSeconds);
}
