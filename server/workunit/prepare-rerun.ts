import type { Viewer } from "../account/viewer.ts";
import { FILES_PATH } from "../core/wire/http.ts";
import { type Comparator, kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import type { Deps } from "../deps.ts";
import { accessTo, mayReadData } from "../project/authorise.ts";
import { Refusal } from "../refusal.ts";

/** A stored file, by content, and where it is fetched. */
export type FileAddress = { sha256: string; path: string };

/** All that anybody needs to compute an ended workunit once more and to compare. Nothing of that is reported anywhere. */
export type Rerun = {
  workunitId: number;
  app: { title: string; version: string };
  /** The app version's document: its manifest, and the SHA-256 of each of its files. */
  kernel: FileAddress;
  /** `base64`: the bytes themselves where they are stored beside the workunit, and so have no address. */
  input: { sha256: string; base64: string } | FileAddress;
  files: Record<string, FileAddress>;
  /** Decimal u64: the seed that the canonical result was computed with; null where the app takes none. */
  seed: string | null;
  /** The answer that stands. `path` null: its bytes are not kept any more, only their SHA-256. */
  output: { sha256: string; bytes: number | null; path: string | null };
  comparator: Comparator;
  /** What the canonical result was computed on. */
  backend: "wasm" | "wgsl" | null;
  /** Only results of one class of devices are compared with each other: others may rightly differ. */
  sameClassOnly: boolean;
};

type Row = {
  state: "open" | "completed" | "failed";
  recalledSeconds: number | null;
  isOut: boolean;
  input: Buffer | null;
  inputSha256: string;
  files: Record<string, string>;
  homogeneity: string;
  isOutputDeleted: boolean;
  canonicalNumber: number | null;
  outputSha256: string | null;
  outputBytes: number | null;
  backend: string | null;
  versionState: "published" | "deprecated" | "withdrawn";
  hash: string;
  version: string;
  title: string;
  manifest: unknown;
  projectId: number;
};

const LOAD = {
  name: "load-rerun",
  text: `
  select w.state, w.recalled_seconds as "recalledSeconds", w.input, w.input_sha256 as "inputSha256", w.files,
         w.homogeneity_mode as homogeneity, w.output_deleted_seconds is not null as "isOutputDeleted",
         exists (select from result r where r.workunit_id = w.id and r.state <> 'over') as "isOut",
         c.number as "canonicalNumber", c.output_sha256 as "outputSha256", c.output_bytes as "outputBytes", c.backend,
         v.state as "versionState", v.hash, v.version, v.manifest, a.title, a.project_id as "projectId"
    from workunit w join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
    left join result c on c.id = w.canonical_result_id
   where w.id = $1`,
};

/**
 * What a re-run of one ended workunit needs. Who computes it once more is told the answer, so nothing of it may be out.
 * @throws {Refusal} `not_found` where there is none for this caller, or its data are members' only; `conflict` while it is
 * not decided or still out, when its program was withdrawn, when no answer stands for it, or when its files are gone.
 */
export async function prepareRerun(deps: Deps, viewer: Viewer | null, id: string): Promise<Rerun> {
  const { rows } = await deps.pool.query<Row>({ ...LOAD, values: [id] });
  const row = rows[0];
  const access = row && (await accessTo(deps.pool, viewer, { projectId: row.projectId }));
  if (row === undefined || !access) throw new Refusal("not_found", "There is no such workunit.");
  if (!mayReadData(access)) throw new Refusal("not_found", "The results of this project are its members' only.");
  const { canonicalNumber, outputSha256 } = checkEnded(row);
  await checkKept(deps, row);
  const manifest = kernelManifestSchema.parse(row.manifest);
  const workunitId = Number(id);
  return {
    workunitId,
    app: { title: row.title, version: row.version },
    kernel: addressOf(row.hash),
    input:
      row.input === null
        ? addressOf(row.inputSha256)
        : { sha256: row.inputSha256, base64: row.input.toString("base64") },
    files: Object.fromEntries(Object.entries(row.files).map(([name, sha256]) => [name, addressOf(sha256)])),
    seed: manifest.seed ? deps.secrets.seed(workunitId, canonicalNumber) : null,
    output: {
      sha256: outputSha256,
      bytes: row.outputBytes,
      path: row.isOutputDeleted ? null : `/api/workunits/${workunitId}/output`,
    },
    comparator: manifest.comparator,
    backend: row.backend === "wasm" || row.backend === "wgsl" ? row.backend : null,
    sameClassOnly: row.homogeneity === "same",
  };
}

function addressOf(sha256: string): FileAddress {
  return { sha256, path: `${FILES_PATH}${sha256}` };
}

function checkEnded(row: Row): { canonicalNumber: number; outputSha256: string } {
  const { state, canonicalNumber, outputSha256 } = row;
  if (state === "open") {
    throw new Refusal("conflict", "This workunit is not decided yet. Run it yourself when it has ended.");
  }
  if (row.isOut) {
    throw new Refusal("conflict", "Somebody is still computing this workunit. Run it yourself when everything is in.");
  }
  if (row.versionState === "withdrawn") {
    throw new Refusal(
      "conflict",
      "The program of this workunit was withdrawn: nothing that it computed counts any more.",
    );
  }
  if (row.recalledSeconds !== null) {
    throw new Refusal("conflict", "The answer of this workunit was recalled: there is none to compare with.");
  }
  if (state === "failed" || canonicalNumber === null || outputSha256 === null) {
    throw new Refusal("conflict", "This workunit ended without an answer: there is none to compare with.");
  }
  return { canonicalNumber, outputSha256 };
}

async function checkKept({ pool }: Deps, row: Row): Promise<void> {
  const wanted = [row.hash, ...(row.input === null ? [row.inputSha256] : []), ...Object.values(row.files)];
  const { rows } = await pool.query({
    name: "rerun-files-gone",
    text: `select from unnest($2::text[]) as w (sha256) where not exists (
             select from project_file k join file f on f.sha256 = k.sha256 and f.doomed_seconds is null
              where k.project_id = $1 and k.sha256 = w.sha256)`,
    values: [row.projectId, wanted],
  });
  if (rows.length > 0) throw new Refusal("conflict", "The files of this workunit are not kept any more.");
}
