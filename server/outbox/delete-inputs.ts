import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { fileKey } from "../storage/storage.ts";
import { LOOK_AGAIN_SECONDS } from "./delete-outputs.ts";
import type { Delivered, OutboxRow } from "./deliver-outbox.ts";

/** Deletes inputs that were made from a recipe, once nobody computes with them any more. Hash and recipe stay. */
export async function deleteInputs(
  deps: Deps,
  client: PoolClient,
  rows: readonly OutboxRow[],
  nowSeconds: number,
): Promise<Delivered> {
  const found = await client.query<{ id: number; input_sha256: string; is_out: boolean }>(
    `select w.id, w.input_sha256, exists (select from result r where r.workunit_id = w.id and r.state = 'in_progress')
              -- An audit and its original have one input.
              or exists (select from audit a where a.decided_seconds is null and w.id in (a.original_id, a.workunit_id)) as is_out
       from workunit w where w.id = any($1::bigint[]) and w.recipe is not null and w.input is null and w.input_sha256 is not null`,
    [rows.map((row) => row.workunit_id)],
  );
  const out = new Set(found.rows.filter((row) => row.is_out).map((row) => row.id));
  const hashes = found.rows.filter((row) => !row.is_out).map((row) => row.input_sha256);
  for (const hash of hashes) await deps.storage.delete(fileKey(hash));
  await client.query("delete from file where sha256 = any($1::text[])", [hashes]);
  return {
    done: rows.filter((row) => !out.has(row.workunit_id)).map((row) => row.id),
    postponed: rows
      .filter((row) => out.has(row.workunit_id))
      .map((row) => ({ id: row.id, nextSeconds: nowSeconds + LOOK_AGAIN_SECONDS })),
  };
}
