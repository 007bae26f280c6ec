import { type RecentAverage, updatedAverage } from "./recent-average.ts";

/** One line of the append-only ledger; negative amounts reverse earlier ones. */
export type LedgerEntry = { id: bigint; amountMicro: bigint; grantedSeconds: number };

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
    (sum, { amountMicro, grantedSeconds }) => ({
      totalMicro: sum.totalMicro + amountMicro,
      nResults: sum.nResults + (amountMicro < 0n ? -1n : 1n),
      recent: updatedAverage(sum.recent, Number(amountMicro) / 1e6, grantedSeconds),
    }),
    balance,
  );
}
