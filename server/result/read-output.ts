import type { Deps } from "../deps.ts";
import { outputKey, UnreadableError } from "../storage/storage.ts";

/**
 * The output bytes of a success, wherever they lie: beside the result when small, in storage otherwise.
 * @throws {UnreadableError} when they cannot be had now, or are gone.
 */
export async function readOutput(deps: Pick<Deps, "pool" | "storage">, resultId: number): Promise<Buffer> {
  const { rows } = await deps.pool.query<{ workunit_id: number; output_sha256: string | null; bytes: Buffer | null }>(
    `select r.workunit_id, r.output_sha256, o.bytes from result r left join result_output o on o.result_id = r.id where r.id = $1`,
    [resultId],
  );
  const row = rows[0];
  if (row === undefined || row.output_sha256 === null) throw new UnreadableError(`result ${resultId} has no output`);
  return row.bytes ?? (await deps.storage.read(outputKey(row.workunit_id, row.output_sha256)));
}
