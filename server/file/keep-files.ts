import { PROJECT_STORAGE_BYTES } from "../core/limits.ts";
import type { Pool, PoolClient } from "../database/pool.ts";
import { Refusal } from "../refusal.ts";

export type FileUser = {
  projectId: number;
  /** What names the files: as long as it does, they stay. */
  use: { kind: "version" | "batch" | "picture"; subjectId: number } | null;
  hashes: Iterable<string>;
  /** Bytes that are stored elsewhere and count too: inputs in workunit rows. */
  inlineBytes?: number;
};

/**
 * Makes a project keep stored files, inside the transaction that writes down what names them. Files that are being deleted
 * count as not there; those that are kept cannot be deleted any more. `use` null: an upload, which is kept for a while only.
 * @throws {Refusal} `bad_request` when a file is not stored here, `too_large` when the project's quota does not allow it.
 */
export async function keepFiles(client: PoolClient, user: FileUser, nowSeconds: number): Promise<void> {
  const { projectId, use, inlineBytes = 0 } = user;
  // In one order everywhere: two who keep the same files wait for each other and never in a circle.
  const hashes = [...new Set(user.hashes)].sort();
  const added = inlineBytes + (await keep(client, { projectId, hashes }, nowSeconds));
  if (added > 0) await takeRoom(client, projectId, added);
  if (use === null || hashes.length === 0) return;
  await client.query({
    name: "use-files",
    text: `insert into file_use (project_id, sha256, kind, subject_id)
           select $1, sha256, $3, $4 from unnest($2::text[]) as c (sha256) on conflict do nothing`,
    values: [projectId, hashes, use.kind, use.subjectId],
  });
}

/** @returns bytes of the files that the project did not keep before. */
async function keep(
  client: PoolClient,
  { projectId, hashes }: { projectId: number; hashes: readonly string[] },
  nowSeconds: number,
): Promise<number> {
  if (hashes.length === 0) return 0;
  // Whoever wants to delete one of them waits for the end of this transaction, and then looks again.
  const { rows: stored } = await client.query<{ sha256: string }>({
    name: "hold-files",
    text: "select sha256 from file where sha256 = any($1::text[]) and doomed_seconds is null order by sha256 for share",
    values: [hashes],
  });
  const there = new Set(stored.map((file) => file.sha256));
  const missing = hashes.find((sha256) => !there.has(sha256));
  if (missing !== undefined) throw notStored(missing);
  const { rows } = await client.query<{ bytes: number; is_new: boolean }>({
    name: "keep-files",
    text: `insert into project_file as k (project_id, sha256, bytes, used_seconds)
           select $1, f.sha256, f.bytes, $3 from file f where f.sha256 = any($2::text[]) order by f.sha256
           on conflict (project_id, sha256) do update set used_seconds = greatest(k.used_seconds, excluded.used_seconds)
           returning bytes, xmax = 0 as is_new`,
    values: [projectId, hashes, nowSeconds],
  });
  return rows.reduce((sum, row) => sum + (row.is_new ? row.bytes : 0), 0);
}

export function notStored(sha256: string): Refusal {
  return new Refusal("bad_request", `The file ${sha256} is not stored here; store it first.`);
}

async function takeRoom(client: PoolClient, projectId: number, bytes: number): Promise<void> {
  const { rows } = await client.query<{ stored: number; quota: number }>({
    name: "take-room",
    text: `update project set stored_bytes = stored_bytes + $2 where id = $1
           returning stored_bytes as stored, coalesce(storage_quota_bytes, ${PROJECT_STORAGE_BYTES}) as quota`,
    values: [projectId, bytes],
  });
  const row = rows[0];
  if (row === undefined) throw new Refusal("not_found", "There is no such project.");
  if (row.stored > row.quota) throw overQuota(row.stored - bytes, row.quota);
}

/** Lets go of what a subject named; the files themselves go later, when nothing else names them. */
export async function releaseFiles(client: PoolClient, use: NonNullable<FileUser["use"]>): Promise<void> {
  await client.query("delete from file_use where kind = $1 and subject_id = $2", [use.kind, use.subjectId]);
}

/**
 * Bytes that a project may still store; asked before anything is taken, so that the refusal comes before the upload.
 * @throws {Refusal} `too_large` when `wanted` do not fit, `not_found`.
 */
export async function roomOf(pool: Pick<Pool, "query">, projectId: number, wanted: number): Promise<number> {
  const { rows } = await pool.query<{ stored: number; quota: number }>(
    `select stored_bytes as stored, coalesce(storage_quota_bytes, ${PROJECT_STORAGE_BYTES}) as quota from project where id = $1`,
    [projectId],
  );
  const row = rows[0];
  if (row === undefined) throw new Refusal("not_found", "There is no such project.");
  if (row.stored + wanted > row.quota) throw overQuota(row.stored, row.quota);
  return row.quota - row.stored;
}

function overQuota(stored: number, quota: number): Refusal {
  return new Refusal(
    "too_large",
    `This project has stored ${inWords(stored)} of the ${inWords(quota)} it may; this does not fit. Ask the site's operator for more room.`,
  );
}

/** Rounded down to MiB from one on: "3 MiB". */
function inWords(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes} bytes` : `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
