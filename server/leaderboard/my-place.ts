import type { Pool } from "../database/pool.ts";
import type { Board, Place } from "./board.ts";
import { findPlace } from "./find-place.ts";
import type { Milestones } from "./milestones.ts";

/** Devices of one person that are looked at for the best of them. */
const MOST_DEVICES = 1_000;

/** The place of a user, of their team, or of the best of their devices. */
export async function myPlace(
  pool: Pool,
  { board, userId, milestones }: { board: Board; userId: number; milestones: Milestones },
  nowSeconds: number,
): Promise<Place | null> {
  const ids = board.kind === "users" ? [userId] : await idsOf(pool, board.kind, userId);
  if (ids.length === 0) return null;
  return await findPlace(pool, { board, ids, milestones: await milestones(board, nowSeconds) }, nowSeconds);
}

const IDS = {
  teams: "select team_id as id from team_membership where user_id = $1 and left_seconds is null",
  devices: `select id from host where user_id = $1 order by last_seen_seconds desc limit ${MOST_DEVICES}`,
};

async function idsOf(pool: Pool, kind: keyof typeof IDS, userId: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(IDS[kind], [userId]);
  return rows.map((row) => row.id);
}
