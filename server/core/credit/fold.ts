import { type RecentAverage, updatedAverage } from "./recent-average.ts";

/**
 * One line of the append-only ledger. `isReversal`: it takes an earlier one back, which may have been worth nothing; where
 * it is not said, a negative amount says it.
 */
export type LedgerEntry = { id: bigint; amountMicro: bigint; grantedSeconds: number; isReversal?: boolean };

/** What is derived from the ledger for one subject (user, host, project...). */
export type Balance = { totalMicro: bigint; nResults: bigint; recent: RecentAverage };

export function emptyBalance(createdSeconds: number): Balance {
  return { totalMicro: 0n, nResults: 0n, recent: { perDay: 0, seconds: createdSeconds } };
}

/**
 * S72: the balance after entries that are not in it yet. Entry by entry in order of time and id, so that it does not matter in
 * how many rounds they are folded. A reversal takes its result away again.
 */
export function folded(balance: Balance, entries: readonly LedgerEntry[]): Balance {
  const ordered = [...entries].sort((a, b) => a.grantedSeconds - b.grantedSeconds || (a.id < b.id ? -1 : 1));
  return ordered.reduce<Balance>(
    (sum, { amountMicro, grantedSeconds, isReversal = amountMicro < 0n }) => ({
      totalMicro: sum.totalMicro + amountMicro,
      nResults: sum.nResults + (isReversal ? -1n : 1n),
      recent: updatedAverage(sum.recent, Number(amountMicro) / 1e6, grantedSeconds),
    }),
    balance,
  );
}
