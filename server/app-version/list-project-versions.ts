import type { InputSchema, KernelManifest, OutputSchema } from "../core/wire/kernel-manifest.ts";
import type { Deps } from "../deps.ts";
import type { AppVersion } from "./app-versions.ts";

/** A version as those who submit work to it need it. */
export type SubmittableVersion = {
  appVersionId: number;
  app: string;
  version: string;
  state: AppVersion["state"];
  /** SHA-256 of its document: GET /api/files/<hash>. */
  hash: string;
  title: string;
  summary: string;
  flopsPerUnit: number | null;
  /** Names of the files that every workunit needs beside its input. */
  files: string[];
  /** Null: kernel.json says nothing of inputs. */
  input: InputSchema | null;
  output: OutputSchema;
};

/** All versions of a project's apps, the newest first. Who may see the project may see them: that is the caller's to check. */
export async function listProjectVersions(
  { pool }: Pick<Deps, "pool">,
  projectId: number,
): Promise<SubmittableVersion[]> {
  const { rows } = await pool.query<
    Pick<SubmittableVersion, "appVersionId" | "app" | "version" | "state" | "hash"> & { manifest: KernelManifest }
  >(
    `select v.id as "appVersionId", a.name as app, v.version, v.state, v.hash, v.manifest
       from app_version v join app a on a.id = v.app_id where a.project_id = $1 order by v.id desc limit 500`,
    [projectId],
  );
  return rows.map(({ manifest, ...row }) => ({
    ...row,
    title: manifest.title,
    summary: manifest.summary,
    flopsPerUnit: manifest.cost?.flopsPerUnit ?? null,
    files: manifest.files,
    input: manifest.input ?? null,
    output: manifest.output,
  }));
}
