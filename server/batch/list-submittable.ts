import type { AppSettings } from "../core/wire/app-settings.ts";
import type { InputSchema, KernelManifest } from "../core/wire/kernel-manifest.ts";
import type { Deps } from "../deps.ts";

/** A version that takes work, with what a submitter has to know of it. */
export type Submittable = {
  appVersionId: number;
  app: string;
  title: string;
  version: string;
  /** The address of its document among the files. */
  hash: string;
  /** Null: kernel.json says nothing of inputs. */
  input: InputSchema | null;
  /** Files besides the input that every workunit names. */
  files: string[];
  limits: Pick<KernelManifest["limits"], "inputBytes">;
  hasVerifier: boolean;
  policy: AppSettings["policy"];
  minQuorum: number;
  missionCritical: boolean;
};

/** The versions of a project's apps that take new work, the newest first. */
export async function listSubmittable({ versions }: Pick<Deps, "versions">, projectId: number): Promise<Submittable[]> {
  const all = [...(await versions.list()).values()];
  return all
    .filter((version) => version.project.id === projectId && version.state === "published")
    .sort((a, b) => b.id - a.id)
    .map(({ id, version, hash, manifest, app }) => ({
      appVersionId: id,
      app: app.name,
      title: app.title,
      version,
      hash,
      input: manifest.input ?? null,
      files: manifest.files,
      limits: { inputBytes: manifest.limits.inputBytes },
      hasVerifier: manifest.verify !== undefined,
      policy: app.settings.policy,
      minQuorum: app.settings.parameters.minQuorum,
      missionCritical: app.settings.missionCritical,
    }));
}
