import { onCancel } from "../core/replication/endings.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";
import { lockWorkunits } from "./load-workunits.ts";
import { perform, settle } from "./loaded-workunit.ts";
import { writeChanges } from "./write-changes.ts";

/** Decides the workunits anew, in one transaction: after time passed or a verdict was stored. Harmless when nothing is due. */
export async function settleWorkunits(deps: Deps, ids: readonly number[], nowSeconds: number): Promise<void> {
  if (ids.length === 0) return;
  await inTransaction(deps, "settle", async (client) => {
    const workunits = await lockWorkunits(deps, client, [...new Set(ids)]);
    for (const workunit of workunits) settle(workunit, nowSeconds);
    await writeChanges(client, workunits, nowSeconds);
  });
}

/**
 * The operator cancels workunits (S58). Results in progress stay so until reported, failed or expired.
 * @returns the ids of those that were open.
 */
export async function cancelWorkunits(deps: Deps, ids: readonly number[], nowSeconds: number): Promise<number[]> {
  return await inTransaction(deps, "cancel", async (client) => {
    const workunits = await lockWorkunits(deps, client, ids);
    const open = workunits.filter((workunit) => workunit.state.workunit.state === "open");
    for (const workunit of open) {
      perform(workunit, onCancel(workunit.state.workunit), nowSeconds);
      settle(workunit, nowSeconds);
    }
    await writeChanges(client, open, nowSeconds);
    return open.map((workunit) => workunit.id);
  });
}
