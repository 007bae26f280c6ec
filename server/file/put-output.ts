import { OUTPUT_MAX_BYTES } from "../core/limits.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { equalHex } from "../secrets.ts";
import { outputKey } from "../storage/storage.ts";
import { PERSON_OF_RESULT } from "../workunit/rows.ts";

export type OutputUpload = {
  userId: number;
  resultId: number;
  leaseToken: string;
  sha256: string;
  source: AsyncIterable<Uint8Array>;
};

type Row = {
  workunit_id: number;
  app_version_id: number;
  host_id: number | null;
  user_id: number | null;
  outcome: string | null;
};

/**
 * Takes the output of a leased result that is too large to travel in the exchange. Who has no lease can store nothing, and
 * who has one can store no more than the app declares.
 * @throws {Refusal}
 */
export async function putOutput(deps: Deps, upload: OutputUpload): Promise<void> {
  const { rows } = await deps.pool.query<Row>(
    `select r.workunit_id, r.app_version_id, r.host_id, ${PERSON_OF_RESULT} as user_id, r.outcome from result r where r.id = $1`,
    [upload.resultId],
  );
  const row = rows[0];
  const isLease =
    row !== undefined &&
    row.user_id === upload.userId &&
    row.host_id !== null &&
    equalHex(upload.leaseToken, deps.secrets.leaseToken(upload.resultId, row.host_id));
  if (!isLease) throw new Refusal("forbidden", "There is no lease of yours for this result.");
  // What may still be reported may still be uploaded: in progress, timed out or handed back.
  if (row.outcome !== null && row.outcome !== "noreply" && row.outcome !== "returned") {
    throw new Refusal("conflict", "This result has ended: its output is not needed any more.");
  }
  const { limits } = (await deps.versions.get(row.app_version_id)).manifest;
  await deps.storage.write(outputKey(row.workunit_id, upload.sha256), upload.source, {
    sha256: upload.sha256,
    maxBytes: Math.min(OUTPUT_MAX_BYTES, limits.outputBytes),
  });
}
