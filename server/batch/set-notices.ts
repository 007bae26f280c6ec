import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { lockControl } from "./control-batch.ts";

export type Notices = {
  /** The batch stops itself when more than this share of what ended failed; null: never. Absent: as it is. */
  stopAbove?: number | null | undefined;
  /** Whether whoever submitted it gets a mail when it is done or stopped itself. Absent: as it is. */
  mailsMe?: boolean | undefined;
};

/**
 * Changes when a batch stops itself and whom a mail tells, until every workunit has ended. What failed already counts: a batch
 * above the new share stops itself a moment later, also one that was resumed after it had stopped.
 * @param userId who asks, a submitter of the project: that is the caller's to check.
 * @throws {Refusal} `forbidden` for the mail of somebody else, `conflict` when everything has ended.
 */
export async function setNotices(
  deps: Deps,
  { batchId, userId, stopAbove, mailsMe }: Notices & { batchId: number; userId: number },
): Promise<void> {
  await inTransaction(deps, "set-notices", async (client) => {
    const known = await lockControl(client, batchId);
    if (known === null) throw new Refusal("not_found", "There is no such batch.");
    if (known.isDone || known.state === "cancelled") {
      throw new Refusal("conflict", "Every workunit of this batch has ended.");
    }
    if (stopAbove !== undefined) {
      await client.query("update batch_control set stop_above = $2 where batch_id = $1", [batchId, stopAbove]);
    }
    if (mailsMe === undefined) return;
    const { rowCount } = await client.query(
      `update batch_control set notify_mail = $3 where batch_id = $1 and exists
         (select from app_user u where u.id = created_by and coalesce(u.merged_into, u.id) = $2)`,
      [batchId, userId, mailsMe],
    );
    if (rowCount !== 1) {
      throw new Refusal("forbidden", "Only whoever submitted a batch is told of it by mail; webhooks tell others.");
    }
  });
}
