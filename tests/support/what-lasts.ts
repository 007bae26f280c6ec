import { expect } from "vitest";

type Ask = (sql: string) => Promise<{ what: string; value: string }[]>;

/**
 * Watches what must never change once it is there: canonical results, credit entries, assimilations. Each call of the
 * function returned fails when something that an earlier call saw is gone or other now.
 */
export function watchWhatLasts(ask: Ask): () => Promise<void> {
  const lasting = new Map<string, string>();
  return async () => {
    const rows = await ask(
      `select 'canonical result of ' || id as what, canonical_result_id::text as value from workunit where canonical_result_id is not null
       union all select 'credit entry of ' || result_id, amount_micro::text || ' to ' || user_id from credit_entry
       union all select 'assimilation of ' || workunit_id, canonical_result_id::text from assimilated_result`,
    );
    const now = new Map(rows.map(({ what, value }) => [what, value]));
    for (const [what, value] of lasting) expect(now.get(what), what).toBe(value);
    for (const [what, value] of now) lasting.set(what, value);
  };
}
