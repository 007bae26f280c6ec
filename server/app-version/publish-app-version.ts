import { createHash } from "node:crypto";
import { pathsOf } from "../../worker/compute/package/read-package.ts";
import type { ProofReport } from "../../worker/compute/prove/proof-report.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { documentText, type VersionSignature } from "../core/wire/app-version-hash.ts";
import { type KernelManifest, kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import type { PackageFault } from "../core/wire/package-fault.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { keepFiles, roomOf } from "../file/keep-files.ts";
import { storeBytes } from "../file/store-file.ts";
import { PackageRefusal } from "../kernel-package/package-refusal.ts";
import { provePackage } from "../kernel-package/prove-package.ts";
import { VISIBLE } from "../project/authorise.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { summaryOf } from "./proof-summary.ts";
import { isSignatureOf } from "./verify-signature.ts";

/** A kernel package: kernel.json and the files it names, by their paths in the package. */
export type KernelPackage = {
  manifest: unknown;
  files: ReadonlyMap<string, Uint8Array>;
  signature?: VersionSignature;
};

export type PublishedVersion = { appVersionId: number; hash: string; isNew: boolean };

type Publication = {
  appId: number;
  package: KernelPackage /** The user; absent: this installation. */;
  publishedBy?: number;
};

/**
 * Publishes one immutable build of an app, which is addressed by the hash of everything in it. The same package again is the
 * same version; another package under a published version number is refused, and so is one whose examples do not give
 * their known answers here.
 * @throws {PackageRefusal} with everything that is wrong with the package.
 * @throws {Refusal} `not_found`, `conflict`, `too_large`.
 */
export async function publishAppVersion(
  deps: Deps,
  { appId, package: kernel, publishedBy }: Publication,
  nowSeconds: number,
): Promise<PublishedVersion> {
  const app = await deps.prisma.app.findUnique({ where: { id: appId }, select: { name: true, projectId: true } });
  if (app === null) throw new Refusal("not_found", "There is no such app.");
  const manifest = parseOrRefuse(kernelManifestSchema, kernel.manifest, "kernel.json");
  if (manifest.name !== app.name) {
    throw new Refusal("bad_request", `kernel.json is named ${manifest.name}, the app ${app.name}; they must agree.`);
  }
  const files = namedFiles(manifest, kernel.files);
  const hashes = Object.fromEntries([...files].map(([path, bytes]) => [path, sha256Of(bytes)]));
  const text = Buffer.from(documentText({ manifest, files: hashes }));
  const hash = sha256Of(text);
  const signature = checkedSignature(hash, kernel.signature);
  const known = await findVersion(deps, appId, manifest.version);
  if (known !== null) {
    const same = sameOrRefuse(known, hash, manifest.version);
    if (signature !== null) await addSignature(deps, known.id, signature);
    return same;
  }
  // A build of WGSL alone has nothing that can be computed here.
  const projectId = Number(app.projectId);
  const proof = (await isProven(deps, { hash, projectId })) ? null : await provePackage({ manifest, files });

  const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0);
  await roomOf(deps.pool, projectId, bytes);
  for (const file of files.values()) await storeBytes(deps, file, nowSeconds);
  // The description itself is a file, so that a client gets everything about a version by its hash alone.
  await storeBytes(deps, text, nowSeconds);
  const row = { appId, manifest, hash, hashes, signature, publishedBy: publishedBy ?? null };
  await inTransaction(deps, "publish", async (client) => {
    const inserted = await client.query<{ id: number }>(
      `insert into app_version (app_id, version, hash, manifest, files, signature, signer_key, published_by, created_seconds)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (app_id, version) do nothing returning id`,
      [...columnsOf(row), nowSeconds],
    );
    const subjectId = inserted.rows[0]?.id;
    if (subjectId === undefined) return;
    if (proof !== null) await storeProof(client, { hash, proof }, nowSeconds);
    const used = { projectId, use: { kind: "version" as const, subjectId }, hashes: [hash, ...Object.values(hashes)] };
    await keepFiles(client, used, nowSeconds);
  });
  deps.versions.forget();
  const stored = await findVersion(deps, appId, manifest.version);
  if (stored === null) throw new Error("an app version vanished while it was published");
  return { ...sameOrRefuse(stored, hash, manifest.version), isNew: true };
}

type NewVersion = {
  appId: number;
  manifest: KernelManifest;
  hash: string;
  hashes: Record<string, string>;
  signature: VersionSignature | null;
  publishedBy: number | null;
};

function columnsOf({ appId, manifest, hash, hashes, signature, publishedBy }: NewVersion): unknown[] {
  const signed = [signature?.signature ?? null, signature?.publicKey ?? null];
  return [appId, manifest.version, hash, manifest, hashes, ...signed, publishedBy];
}

function checkedSignature(hash: string, signature: VersionSignature | undefined): VersionSignature | null {
  if (signature === undefined) return null;
  if (isSignatureOf(hash, signature)) return signature;
  const problem = `the signature is not one over this package, whose hash is ${hash}`;
  throw new PackageRefusal([
    { file: "signature.json", problem, remedy: "sign the package as it is now, or leave the file out" },
  ]);
}

/** Who published it unsigned may sign it later; a signature never changes. */
async function addSignature(deps: Deps, id: number, { signature, publicKey }: VersionSignature): Promise<void> {
  await deps.pool.query("update app_version set signature = $2, signer_key = $3 where id = $1 and signature is null", [
    id,
    signature,
    publicKey,
  ]);
}

/**
 * The same bytes were published before, where people may see them: their examples were right, and still are. What is hidden
 * in another project does not count: how long publishing takes would tell that it is there.
 */
async function isProven(deps: Deps, { hash, projectId }: { hash: string; projectId: number }): Promise<boolean> {
  const { rows } = await deps.pool.query(
    `select from app_version v join app a on a.id = v.app_id join project p on p.id = a.project_id
      where v.hash = $1 and (p.id = $2 or ${VISIBLE}) limit 1`,
    [hash, projectId],
  );
  return rows.length > 0;
}

async function storeProof(
  client: PoolClient,
  { hash, proof }: { hash: string; proof: ProofReport },
  nowSeconds: number,
): Promise<void> {
  await client.query(
    "insert into version_proof (hash, proven_seconds, summary) values ($1, $2, $3) on conflict (hash) do nothing",
    [hash, nowSeconds, summaryOf(proof)],
  );
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

/** The files that kernel.json names, in ascending path; a missing or superfluous one is refused. */
function namedFiles(manifest: KernelManifest, given: ReadonlyMap<string, Uint8Array>): Map<string, Bytes> {
  const limits = pathsOf(manifest);
  const faults: PackageFault[] = [];
  const fault = (file: string, problem: string, remedy: string) => faults.push({ file, problem, remedy });
  for (const [path, maxBytes] of limits) {
    const bytes = given.get(path);
    if (bytes === undefined) fault(path, `${path} is named in kernel.json and not in the package`, "add the file");
    else if (bytes.byteLength > maxBytes) {
      fault(path, `${path} has ${bytes.byteLength} bytes, allowed are ${maxBytes}`, "make it smaller");
    }
  }
  for (const path of given.keys()) {
    if (!limits.has(path)) fault(path, `${path} is not named in kernel.json`, "leave it out");
  }
  if (faults.length > 0) throw new PackageRefusal(faults);
  return new Map([...limits.keys()].sort().map((path) => [path, Uint8Array.from(given.get(path) ?? [])]));
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
