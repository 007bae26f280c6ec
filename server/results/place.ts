import type { Pool } from "../database/pool.ts";

/** A place in the order in which results came to be there: by the transaction that wrote them, then by the workunit. */
export type Place = { transaction: number; workunitId: number };

export const BEGINNING: Place = { transaction: 0, workunitId: 0 };

/** As a download says it: no spreadsheet takes it for a number or a date. */
export function placeText({ transaction, workunitId }: Place): string {
  return `t${transaction}-${workunitId}`;
}

/** Reads what a download said; null when it is none of ours. */
export function readPlace(text: string): Place | null {
  const [, transaction, workunitId] = /^t(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  return transaction === undefined || workunitId === undefined
    ? null
    : { transaction: Number(transaction), workunitId: Number(workunitId) };
}

/**
 * Whether a download of this database can have said it. Transactions are numbered by each PostgreSQL cluster for itself: in one
 * made of a backup (`ensureSameCluster`) a place of the other would leave out what follows.
 */
export async function isOfThisCluster(pool: Pool, { transaction }: Place): Promise<boolean> {
  const { rows } = await pool.query<{ isOf: boolean }>(
    'select $1 < (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint as "isOf"',
    [transaction],
  );
  return rows[0]?.isOf === true;
}
