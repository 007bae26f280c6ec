import { createHash } from "node:crypto";
import { FILE_MAX_BYTES, KERNEL_MAX_BYTES } from "../core/limits.ts";
import type { AppVersionDocument } from "../core/wire/http.ts";
import { type KernelManifest, kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import type { Deps } from "../deps.ts";
import { keepFiles, roomOf } from "../file/keep-files.ts";
import { storeBytes } from "../file/store-file.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { checkModules } from "./check-modules.ts";

/** A kernel package: kernel.json and the files it names, by their paths in the package. */
export type KernelPackage = { manifest: unknown; files: ReadonlyMap<string, Uint8Array> };

export type PublishedVersion = { appVersionId: number; hash: string; isNew: boolean };

/**
 * Publishes one immutable build of an app. The same package again is the same version; another package under a published
 * version number is refused.
 * @throws {Refusal} with everything that is wrong with the package.
 */
export async function publishAppVersion(
  deps: Deps,
  { appId, package: kernel }: { appId: number; package: KernelPackage },
  nowSeconds: number,
): Promise<PublishedVersion> {
  const app = await deps.prisma.app.findUnique({ where: { id: appId }, select: { name: true, projectId: true } });
  if (app === null) throw new Refusal("not_found", "There is no such app.");
  const manifest = parseOrRefuse(kernelManifestSchema, kernel.manifest, "kernel.json");
  if (manifest.name !== app.name) {
    throw new Refusal("bad_request", `kernel.json is named ${manifest.name}, the app ${app.name}; they must agree.`);
  }
  const files = namedFiles(manifest, kernel.files);
  checkModules(manifest, files);

  const projectId = Number(app.projectId);
  await roomOf(
    deps.pool,
    projectId,
    [...files.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0),
  );
  const hashes: Record<string, string> = {};
  for (const [path, bytes] of files) hashes[path] = await storeBytes(deps, bytes, nowSeconds);
  const document: AppVersionDocument = { manifest, files: hashes };
  const text = Buffer.from(JSON.stringify(document));
  const hash = createHash("sha256").update(text).digest("hex");
  const known = await findVersion(deps, appId, manifest.version);
  if (known !== null) return sameOrRefuse(known, hash, manifest.version);
  // The description itself is a file, so that a client gets everything about a version by its hash alone.
  await storeBytes(deps, text, nowSeconds);
  await inTransaction(deps, "publish", async (client) => {
    const inserted = await client.query<{ id: number }>(
      `insert into app_version (app_id, version, hash, manifest, files, created_seconds) values ($1, $2, $3, $4, $5, $6)
       on conflict (app_id, version) do nothing returning id`,
      [appId, manifest.version, hash, manifest, hashes, nowSeconds],
    );
    const subjectId = inserted.rows[0]?.id;
    if (subjectId === undefined) return;
    const used = { projectId, use: { kind: "version" as const, subjectId }, hashes: [hash, ...Object.values(hashes)] };
    await keepFiles(client, used, nowSeconds);
  });
  deps.versions.forget();
  const stored = await findVersion(deps, appId, manifest.version);
  if (stored === null) throw new Error("an app version vanished while it was published");
  return { ...sameOrRefuse(stored, hash, manifest.version), isNew: true };
}

async function findVersion(deps: Deps, appId: number, version: string): Promise<{ id: number; hash: string } | null> {
  const { rows } = await deps.pool.query<{ id: number; hash: string }>(
    "select id, hash from app_version where app_id = $1 and version = $2",
    [appId, version],
  );
  return rows[0] ?? null;
}

function sameOrRefuse(known: { id: number; hash: string }, hash: string, version: string): PublishedVersion {
  if (known.hash !== hash) {
    throw new Refusal(
      "conflict",
      `Version ${version} is published already with other contents, and published versions never change: raise the version.`,
    );
  }
  return { appVersionId: known.id, hash, isNew: false };
}

/** The paths that kernel.json names, each with the most bytes its file may have. */
export function pathsOf({ backends, comparator, verify, examples }: KernelManifest): Map<string, number> {
  const limits = new Map<string, number>();
  const name = (path: string | undefined, maxBytes: number) => {
    if (path !== undefined) limits.set(path, Math.min(maxBytes, limits.get(path) ?? maxBytes));
  };
  name(backends.wasm?.module, KERNEL_MAX_BYTES);
  name(backends.wgsl?.shader, KERNEL_MAX_BYTES);
  name(comparator.type === "custom" ? comparator.module : undefined, KERNEL_MAX_BYTES);
  name(verify?.module, KERNEL_MAX_BYTES);
  for (const example of examples) {
    for (const path of [example.input, example.output, ...Object.values(example.files)]) name(path, FILE_MAX_BYTES);
  }
  return limits;
}

/** The files that kernel.json names, in ascending path; a missing or superfluous one is refused. */
function namedFiles(manifest: KernelManifest, given: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const limits = pathsOf(manifest);
  const faults: string[] = [];
  for (const [path, maxBytes] of limits) {
    const bytes = given.get(path);
    if (bytes === undefined) faults.push(`${path} is named in kernel.json and not in the package`);
    else if (bytes.byteLength > maxBytes) faults.push(`${path} has ${bytes.byteLength} bytes, allowed are ${maxBytes}`);
  }
  for (const path of given.keys()) if (!limits.has(path)) faults.push(`${path} is not named in kernel.json`);
  if (faults.length > 0) {
    throw new Refusal("bad_request", `The package cannot be accepted: ${faults.slice(0, 5).join("; ")}.`);
  }
  return new Map([...limits.keys()].sort().map((path) => [path, given.get(path) ?? new Uint8Array()]));
}
