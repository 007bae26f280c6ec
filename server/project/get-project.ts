import type { Pool } from "pg";
import type { KernelManifest } from "../core/wire/kernel-manifest.ts";
import type { Publicity } from "./found-project.ts";
import { listProjects, type ProjectSummary } from "./list-projects.ts";

export interface ProjectApp {
  name: string;
  title: string;
  summary: string;
  version: string;
  hash: string;
  /** deprecated or withdrawn only where no version is published. */
  state: "published" | "deprecated" | "withdrawn";
  /** Somebody vouches for it with a key of theirs. */
  isSigned: boolean;
  licence: string;
  sourceUrl: string | null;
  backends: string[];
  exactness: string;
  comparator: string;
}

export interface ProjectPage extends ProjectSummary {
  description: string;
  url: string | null;
  isPublic: boolean;
  licence: string | null;
  links: { label: string; url: string }[];
  /** Changes with the picture: part of its address, so that browsers keep it. Null: it has none. */
  pictureSha256: string | null;
  state: Publicity;
  suspendedReason: string | null;
  apps: ProjectApp[];
}

type ProjectText = Omit<ProjectPage, keyof ProjectSummary | "apps">;

/** One project for its page, or null when there is none of that name. */
export async function getProject(pool: Pool, slug: string, nowSeconds: number): Promise<ProjectPage | null> {
  const [summary] = await listProjects(pool, nowSeconds, slug);
  if (!summary) return null;
  const project = await pool.query<ProjectText>(
    `select description, url, is_public as "isPublic", licence, links, picture_sha256 as "pictureSha256", state,
            suspended_reason as "suspendedReason" from project where slug = $1`,
    [slug],
  );
  const apps = await pool.query<{
    name: string;
    title: string;
    summary: string;
    version: string;
    hash: string;
    state: ProjectApp["state"];
    isSigned: boolean;
    manifest: KernelManifest;
  }>(
    `select distinct on (a.id) a.name, v.manifest->>'title' as title, v.manifest->>'summary' as summary, v.version, v.hash, v.state,
            v.signature is not null as "isSigned", v.manifest
       from app a join project p on p.id = a.project_id join app_version v on v.app_id = a.id
      where p.slug = $1 order by a.id, (v.state = 'published') desc, v.id desc`,
    [slug],
  );
  const row = project.rows[0];
  if (!row) return null;
  return {
    ...summary,
    ...row,
    apps: apps.rows.map(({ manifest, ...app }) => ({
      ...app,
      licence: manifest.licence,
      sourceUrl: manifest.sourceUrl ?? null,
      backends: Object.keys(manifest.backends),
      exactness: manifest.exactness,
      comparator: manifest.comparator.type,
    })),
  };
}
