import type { KernelManifest } from "../core/wire/kernel-manifest.ts";
import type { Deps } from "../deps.ts";
import { VISIBLE } from "../project/authorise.ts";
import type { AppVersion } from "./app-versions.ts";
import type { ProofSummary } from "./proof-summary.ts";

/** What people are told of a published version: enough to decide whether to run it, or to build upon it. */
export type VersionSummary = {
  appVersionId: number;
  version: string;
  /** The address: GET /api/files/<hash> is its document. */
  hash: string;
  state: AppVersion["state"];
  /** Why and since when it is no longer published; null while it is. */
  stateReason: string | null;
  stateSeconds: number | null;
  /** Base64 of the Ed25519 public key that vouches for it; null: unsigned. */
  signerKey: string | null;
  signature: string | null;
  sourceUrl: string | null;
  licence: string;
  title: string;
  summary: string;
  exactness: KernelManifest["exactness"];
  backends: readonly ("wasm" | "wgsl")[];
  comparator: KernelManifest["comparator"]["type"];
  /** Examples with known answers. Where there is a WASM backend, all of them gave their answers here before publication. */
  examples: number;
  /**
   * What that showed, and when this build was published first, as far as others may see; null: nothing of it can be
   * computed here, or it was published before this was kept.
   */
  proof: (ProofSummary & { provenSeconds: number }) | null;
  /** The user who published it; null: this installation. */
  publishedBy: number | null;
  createdSeconds: number;
};

type Row = {
  id: number;
  version: string;
  hash: string;
  state: AppVersion["state"];
  state_reason: string | null;
  state_seconds: number | null;
  signer_key: string | null;
  signature: string | null;
  published_by: number | null;
  created_seconds: number;
  manifest: KernelManifest;
  proof: ProofSummary | null;
  proven_seconds: number;
};

/**
 * All versions of an app, the newest first. That the same build is in a project which nobody else sees is told to nobody, nor
 * since when.
 */
export async function listAppVersions(deps: Pick<Deps, "pool">, appId: number): Promise<VersionSummary[]> {
  const { rows } = await deps.pool.query<Row>(
    `select v.id, v.version, v.hash, v.state, v.state_reason, v.state_seconds, v.signer_key, v.signature, v.published_by,
            v.created_seconds, v.manifest, k.summary as proof,
            (select min(o.created_seconds) from app_version o join app a on a.id = o.app_id join project p on p.id = a.project_id
              where o.hash = v.hash and (o.id = v.id or ${VISIBLE})) as proven_seconds
       from app_version v left join version_proof k on k.hash = v.hash where v.app_id = $1 order by v.id desc`,
    [appId],
  );
  return rows.map(({ manifest, ...row }) => ({
    appVersionId: row.id,
    version: row.version,
    hash: row.hash,
    state: row.state,
    stateReason: row.state_reason,
    stateSeconds: row.state_seconds,
    signerKey: row.signer_key,
    signature: row.signature,
    sourceUrl: manifest.sourceUrl ?? null,
    licence: manifest.licence,
    title: manifest.title,
    summary: manifest.summary,
    exactness: manifest.exactness,
    backends: (["wasm", "wgsl"] as const).filter((backend) => manifest.backends[backend] !== undefined),
    comparator: manifest.comparator.type,
    examples: manifest.examples.length,
    proof: row.proof && { ...row.proof, provenSeconds: row.proven_seconds },
    publishedBy: row.published_by,
    createdSeconds: row.created_seconds,
  }));
}
