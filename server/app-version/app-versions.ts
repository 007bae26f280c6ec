import { type AppSettings, appSettingsSchema } from "../core/wire/app-settings.ts";
import { type KernelManifest, kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import type { Pool, PoolClient } from "../database/pool.ts";

/** One published app version with its app and project, as everything that hands out or judges work needs it. */
export type AppVersion = {
  id: number;
  hash: string;
  version: string;
  manifest: KernelManifest;
  /** Path in the package -> SHA-256. */
  files: Readonly<Record<string, string>>;
  /** deprecated: no new batches, what there is goes on. withdrawn: nothing of it counts any more. */
  state: "published" | "deprecated" | "withdrawn";
  app: { id: number; name: string; title: string; settings: AppSettings };
  project: {
    id: number;
    slug: string;
    name: string;
    share: number;
    retentionSeconds: number | null;
    /** Published and not suspended: its work is handed out to anybody. */
    isVisible: boolean;
  };
};

export type AppVersions = {
  /**
   * Never waits for what is only out of date, so that a transaction may ask. What is not known at all is read through
   * `client`: a transaction that waited for a second connection would wait for all the others that do the same.
   * @throws when there is none: ids come from rows that refer to it.
   */
  get(id: number, client?: Queryable): Promise<AppVersion>;
  /** All there are, by id. Not for use inside a transaction. */
  list(): Promise<ReadonlyMap<number, AppVersion>>;
  /** After something was published or changed in this process. */
  forget(): void;
};

type Queryable = Pick<PoolClient, "query">;

/** Versions never change and projects seldom do: what another process changed is seen within this time. */
const KEPT_MS = 5_000;

export function createAppVersions(pool: Pool, nowMs: () => number = () => performance.now()): AppVersions {
  let known: ReadonlyMap<number, AppVersion> = new Map();
  let loading: Promise<ReadonlyMap<number, AppVersion>> | undefined;
  let loadedAtMs = 0;
  const load = (from: Queryable) => {
    loadedAtMs = nowMs();
    const mine = loadAll(from, known);
    loading = mine;
    mine.then(
      (found) => {
        known = found;
      },
      () => {
        if (loading === mine) loading = undefined;
      },
    );
    return mine;
  };
  const current = () => (loading === undefined || nowMs() - loadedAtMs > KEPT_MS ? load(pool) : loading);
  return {
    async get(id, client) {
      const old = known.get(id);
      if (old !== undefined) {
        // Whoever asks for the list next waits for the news; a failure is told to them.
        current().catch(() => undefined);
        return old;
      }
      const found = (await load(client ?? pool)).get(id);
      if (found === undefined) throw new Error(`there is no app version ${id}`);
      return found;
    },
    list: current,
    forget() {
      known = new Map();
      loading = undefined;
    },
  };
}

type Row = Omit<AppVersion, "app" | "project" | "manifest"> & {
  manifest: unknown;
  app_id: number;
  app_name: string;
  title: string;
  settings: unknown;
  project_id: number;
  slug: string;
  project_name: string;
  share: number;
  retention_seconds: number | null;
  is_visible: boolean;
};

async function loadAll(
  from: Queryable,
  known: ReadonlyMap<number, AppVersion>,
): Promise<ReadonlyMap<number, AppVersion>> {
  const { rows } = await from.query<Row>(
    `select v.id, v.hash, v.version, v.manifest, v.files, v.state,
            a.id as app_id, a.name as app_name, a.title, a.settings,
            p.id as project_id, p.slug, p.name as project_name, p.share, p.retention_seconds,
            p.state = 'published' and p.suspended_reason is null as is_visible
       from app_version v join app a on a.id = v.app_id join project p on p.id = a.project_id`,
  );
  return new Map(rows.map((row) => [row.id, parse(row, known.get(row.id))]));
}

function parse(row: Row, known: AppVersion | undefined): AppVersion {
  return {
    id: row.id,
    hash: row.hash,
    version: row.version,
    // It never changes.
    manifest: known?.manifest ?? kernelManifestSchema.parse(row.manifest),
    files: row.files,
    state: row.state,
    app: { id: row.app_id, name: row.app_name, title: row.title, settings: appSettingsSchema.parse(row.settings) },
    project: {
      id: row.project_id,
      slug: row.slug,
      name: row.project_name,
      share: row.share,
      retentionSeconds: row.retention_seconds,
      isVisible: row.is_visible,
    },
  };
}
