import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { inTransaction } from "../sql/transaction.ts";
import { createAudits } from "./create-audits.ts";

export type StartedAudit = { auditWorkunitId: number; isNew: boolean };

/**
 * An operator has a workunit checked again, by other users. When it is being checked already, that audit is named.
 * @throws {Refusal} when there is nothing that could be checked.
 */
export async function auditWorkunit(deps: Deps, workunitId: number, nowSeconds: number): Promise<StartedAudit> {
  return await inTransaction(deps, "audit", async (client) => {
    const wanted = [{ originalId: workunitId, cause: "operator" as const }];
    const auditWorkunitId = (await createAudits(deps, client, wanted, nowSeconds)).get(workunitId);
    if (auditWorkunitId !== undefined) return { auditWorkunitId, isNew: true };
    const { rows } = await client.query<{ state: string; recalled: boolean; open_audit: number | null }>(
      `select w.state, w.recalled_seconds is not null as recalled,
              (select a.workunit_id from audit a where a.original_id = w.id and a.decided_seconds is null) as open_audit
         from workunit w where w.id = $1`,
      [workunitId],
    );
    const row = rows[0];
    if (row === undefined) throw new Refusal("not_found", `There is no workunit ${workunitId}.`);
    if (row.open_audit !== null) return { auditWorkunitId: row.open_audit, isNew: false };
    throw new Refusal("conflict", `Workunit ${workunitId} cannot be audited: ${whyNot(row)}.`);
  });
}

function whyNot({ state, recalled }: { state: string; recalled: boolean }): string {
  if (recalled) return "it was recalled already";
  if (state === "open") return "it has not ended yet";
  if (state === "failed") return "it ended without a result";
  return "its output was deleted, and its outputs are not compared by digest alone";
}
