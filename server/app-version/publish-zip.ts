import type { Viewer } from "../account/viewer.ts";
import type { Deps } from "../deps.ts";
import { openPackageZip } from "../kernel-package/open-zip.ts";
import { createApp } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { type PublishedVersion, publishAppVersion } from "./publish-app-version.ts";

export type PublishedZip = PublishedVersion & { app: string; version: string };

/**
 * Publishes a kernel package that arrived as a zip. It goes to the project's app of the same name, which is made where there is
 * none: a kernel's name is its app's.
 * @param viewer who publishes; that they may is the caller's to check.
 * @throws {PackageRefusal} with everything that is wrong with the package. @throws {Refusal}
 */
export async function publishZip(
  deps: Deps,
  { projectId, zip, viewer }: { projectId: number; zip: Uint8Array; viewer: Viewer },
  nowSeconds: number,
): Promise<PublishedZip> {
  const { manifest, files, signature } = await openPackageZip(zip);
  const appId =
    (await findApp(deps, projectId, manifest.name)) ?? (await makeApp(deps, projectId, manifest, nowSeconds));
  const kernel = { manifest, files, ...(signature === undefined ? {} : { signature }) };
  const published = await publishAppVersion(deps, { appId, package: kernel, publishedBy: viewer.userId }, nowSeconds);
  return { ...published, app: manifest.name, version: manifest.version };
}

async function findApp({ pool }: Deps, projectId: number, name: string): Promise<number | null> {
  const { rows } = await pool.query<{ id: number }>("select id from app where project_id = $1 and name = $2", [
    projectId,
    name,
  ]);
  return rows[0]?.id ?? null;
}

/** Two who publish the first version at once: whoever comes second finds the app of the first. */
async function makeApp(
  deps: Deps,
  projectId: number,
  { name, title, summary }: { name: string; title: string; summary: string },
  nowSeconds: number,
): Promise<number> {
  try {
    return (await createApp(deps, { projectId, name, title, summary }, nowSeconds)).appId;
  } catch (error) {
    const there = error instanceof Refusal && error.code === "conflict" ? await findApp(deps, projectId, name) : null;
    if (there === null) throw error;
    return there;
  }
}
