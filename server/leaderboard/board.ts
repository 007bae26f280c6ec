import { RECENT_AVERAGE_HALF_LIFE_SECONDS } from "../core/limits.ts";

/** Whom a leaderboard lists. */
export const BOARD_KINDS = ["users", "teams", "devices"] as const;
export type BoardKind = (typeof BOARD_KINDS)[number];
/** By all credit, or by recent average credit as it reads now. */
export const BOARD_ORDERS = ["total", "recent"] as const;
export type BoardOrder = (typeof BOARD_ORDERS)[number];

/** One leaderboard. `projectId`: of credit for one project; 0: of all. */
export type Board = { kind: BoardKind; order: BoardOrder; projectId: number };

/** A line of a board: the value it is ordered by, the subject's id, which decides between equals, and its rank from 1. */
export type Place = { value: number; id: number; rank: number };

const SUBJECTS: Record<BoardKind, string> = { users: "user", teams: "team", devices: "host" };

/** `kind` of the board's rows in credit_balance. */
export function balanceKind({ kind, projectId }: Board): string {
  return projectId === 0 ? SUBJECTS[kind] : `${SUBJECTS[kind]}_project`;
}

/** The column a board is ordered by: from a closed list, never from outside. */
export function columnOf({ order }: Board): "total_micro" | "recent_key" {
  return order === "total" ? "total_micro" : "recent_key";
}

/** Recent averages below this are nothing any more: credit per day. */
const RECENT_LEAST = 0.005;

/** Values above this are listed. */
export function leastValue({ order }: Board, nowSeconds: number): number {
  if (order === "total") return 0;
  return Math.log(RECENT_LEAST) + (Math.LN2 * nowSeconds) / RECENT_AVERAGE_HALF_LIFE_SECONDS;
}
