import type { AppVersion } from "../app-version/app-versions.ts";
import { INLINE_INPUT_MAX_BYTES } from "../core/limits.ts";
import type { Lease } from "../core/wire/exchange.ts";
import type { Deps } from "../deps.ts";
import type { ClaimedResult } from "../result/claim-results.ts";
import { isInProgress } from "../sql/result-states.ts";

type Row = {
  id: number;
  number: number;
  host_id: number;
  backend: string;
  workunit_id: number;
  app_version_id: number;
  lease_end_seconds: number | null;
  deadline_seconds: number;
  name: string;
  input: Buffer | null;
  input_sha256: string;
  files: Record<string, string>;
  flops: number;
  homogeneity_mode: string;
};

const LOAD_LEASES = {
  name: "load-leases",
  text: `select r.id, r.number, r.host_id, r.backend, r.workunit_id, r.app_version_id, r.lease_end_seconds, r.deadline_seconds,
            w.name, w.input, w.input_sha256, w.files, w.flops, w.homogeneity_mode
       from unnest($1::bigint[]) with ordinality as c (id, position)
       join result r on r.id = c.id join workunit w on w.id = r.workunit_id
      where ${isInProgress("r")} order by c.position`,
};

/** Results in progress as leases, in the order of the ids: what a host holds is handed out again as it was. */
export async function leasesOf(deps: Deps, resultIds: readonly number[], nowSeconds: number): Promise<Lease[]> {
  if (resultIds.length === 0) return [];
  const { rows } = await deps.pool.query<Row>({ ...LOAD_LEASES, values: [resultIds] });
  return await Promise.all(
    rows.map(async (row) => leaseOf(deps, await deps.versions.get(row.app_version_id), row, nowSeconds)),
  );
}

/** The same for what was handed out just now, of which everything is at hand. */
export function leasesOfClaimed(deps: Deps, claimed: readonly ClaimedResult[], nowSeconds: number): Lease[] {
  return claimed.map(({ version, row, result }) =>
    leaseOf(
      deps,
      version,
      {
        ...row,
        id: Number(result.id),
        number: result.number,
        host_id: Number(result.holder.hostId),
        backend: result.holder.backend,
        workunit_id: row.id,
        lease_end_seconds: result.leaseEndSeconds,
        deadline_seconds: result.holder.deadlineSeconds,
      },
      nowSeconds,
    ),
  );
}

function leaseOf(deps: Deps, { manifest, hash, app, project }: AppVersion, row: Row, nowSeconds: number): Lease {
  const inline = row.input !== null && row.input.byteLength <= INLINE_INPUT_MAX_BYTES ? row.input : null;
  // Where outputs of different devices must not mix, the class was fixed for one backend: that one must compute.
  const isBound = row.homogeneity_mode !== "off" && (row.backend === "wasm" || row.backend === "wgsl");
  return {
    resultId: String(row.id),
    workunitId: String(row.workunit_id),
    leaseToken: deps.secrets.leaseToken(row.id, row.host_id),
    leaseSeconds: row.lease_end_seconds === null ? null : Math.max(0, row.lease_end_seconds - nowSeconds),
    deadlineInSeconds: row.deadline_seconds - nowSeconds,
    project: { slug: project.slug, name: project.name },
    app: { name: app.name, title: app.title },
    workunitName: row.name,
    appVersionHash: hash,
    inputSha256: row.input_sha256,
    ...(inline === null ? {} : { inputBase64: inline.toString("base64") }),
    files: row.files,
    ...(manifest.seed ? { seed: deps.secrets.seed(row.workunit_id, row.number) } : {}),
    flops: row.flops,
    ...(isBound ? { backend: row.backend as "wasm" | "wgsl" } : {}),
  };
}
