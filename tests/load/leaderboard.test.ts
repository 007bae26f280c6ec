import { beforeAll, describe, expect, it } from "vitest";
import type { Pool } from "../../server/database/pool.ts";
import { BOARD_KINDS, BOARD_ORDERS, type Board } from "../../server/leaderboard/board.ts";
import { findPlace } from "../../server/leaderboard/find-place.ts";
import { listLeaders } from "../../server/leaderboard/list-leaders.ts";
import { createMilestones } from "../../server/leaderboard/milestones.ts";
import { explaining } from "../support/explaining.ts";
import { withDatabase } from "../support/with-database.ts";

/** Pages and positions of a leaderboard with very many people, most of whom have the same credit. */
const FULL = process.env["QUORATE_TEST_SIZE"] === "full";
const PEOPLE = FULL ? 1_000_000 : 20_000;
const TEAMS = PEOPLE / 10;
const NOW = 1_800_000_000;
const LIMIT = 50;
const database = withDatabase();

beforeAll(async () => {
  const { pool } = database;
  await pool.query(
    "insert into app_user (name, created_seconds) select 'user ' || i, 0 from generate_series(1, $1::int) i",
    [PEOPLE],
  );
  await pool.query(
    "insert into host (user_id, created_seconds, last_seen_seconds, secret_hash) select id, 0, 0, 'host ' || id from app_user",
  );
  await pool.query(
    `insert into team (name, name_key, invite_token, creator_id, founder_id, created_seconds)
     select 'team ' || i, 'team' || i, '', i, i, 0 from generate_series(1, $1::int) i`,
    [TEAMS],
  );
  await pool.query(
    "insert into team_membership (user_id, team_id, joined_seconds) select id, 1 + id % $1, 1 from app_user",
    [TEAMS],
  );
  // A third has one and the same credit, as beginners do; averages are of any age.
  for (const [kind, table] of [
    ["user", "app_user"],
    ["host", "host"],
    ["team", "team"],
    ["user_project", "app_user"],
  ]) {
    await pool.query(
      `insert into credit_balance (kind, subject_id, project_id, total_micro, n_results, recent_average, recent_average_seconds)
       select $1, id, case when $1 like '%project' then 1 else 0 end,
              case when id % 3 = 0 then 1500000 else 1 + (id * 7919) % 1000000007 end, 1,
              case when id % 3 = 0 then 2.5 else 0.01 + (id * 104729) % 10007 end, $2 - (id % 3) * (id % 1000) * 500
         from ${table}`,
      [kind, NOW],
    );
  }
  await pool.query("vacuum (analyze) credit_balance");
  await pool.query("analyze");
}, 600_000);

/** Such that small sizes have some too. */
const EVERY = FULL ? 10_000 : 130;

const board = (kind: Board["kind"], order: Board["order"], projectId = 0): Board => ({ kind, order, projectId });
const BOARDS = [
  ...BOARD_KINDS.flatMap((kind) => BOARD_ORDERS.map((order) => board(kind, order))),
  board("users", "total", 1),
  board("users", "recent", 1),
];

describe(`leaderboards of ${PEOPLE} people`, () => {
  it.each(BOARDS)(
    "$kind by $order (project $projectId): pages and ranks are right at its top and at its end, and cost as much",
    async (which) => {
      const { pool, plans } = explaining(database.pool);
      const milestones = createMilestones(database.pool, EVERY);
      const all = await inOrder(database.pool, which);
      const size = all.length;
      expect(size).toBeGreaterThan(PEOPLE / 200);
      for (const position of [0, 1, Math.floor(size / 3), Math.floor(size / 2), size - 60, size - 1]) {
        const own = all[position];
        if (own === undefined) throw new Error("nobody there");
        const from = { value: own.value, id: own.id };
        const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);
        const after = await listLeaders(pool, { board: which, from, direction: "down", limit: LIMIT }, NOW);
        expect(ids(after)).toEqual(ids(all.slice(position + 1, position + 1 + LIMIT)));
        const before = await listLeaders(pool, { board: which, from, direction: "up", limit: 9 }, NOW);
        expect(ids(before)).toEqual(ids(all.slice(Math.max(0, position - 9), position)));
        const place = { ...from, rank: position + 1 };
        expect(await findPlace(database.pool, { board: which, ids: [own.id] }, NOW)).toEqual(place);
        const known = await milestones(which, NOW);
        expect(known.length).toBeGreaterThanOrEqual(Math.floor(size / EVERY));
        expect(await findPlace(pool, { board: which, ids: [own.id], milestones: known }, NOW)).toEqual(place);
      }
      const top = await listLeaders(pool, { board: which, from: null, direction: "down", limit: LIMIT }, NOW);
      expect(top.map(({ id }) => id)).toEqual(all.slice(0, LIMIT).map(({ id }) => id));
      const pages = plans.filter(({ text }) => text.includes("with page"));
      const ranks = plans.filter(({ text }) => text.includes("as before"));
      expect([pages.length, ranks.length]).toEqual([13, 6]);
      for (const { text, scans, sorted, buffers } of pages) {
        expect(
          scans.filter((scan) => isWhole(scan)),
          text,
        ).toEqual([]);
        expect(sorted, text).toBeLessThanOrEqual(2 * LIMIT);
        // Of teams also their members are counted.
        expect(buffers, text).toBeLessThan((which.kind === "teams" ? 150 : 40) * LIMIT);
      }
      for (const { text, scans, buffers } of ranks) {
        expect(
          scans.filter((scan) => isWhole(scan)),
          text,
        ).toEqual([]);
        expect(buffers, text).toBeLessThan(2 * EVERY);
      }
      const slowest = (of: typeof plans) => Math.max(...of.map(({ ms }) => ms)).toFixed(1);
      console.log(
        `${which.kind}/${which.order}/${which.projectId}: a page ${slowest(pages)} ms, a rank ${slowest(ranks)} ms at most`,
      );
    },
    120_000,
  );

  it("somebody without credit has no place", async () => {
    expect(await findPlace(database.pool, { board: board("users", "total"), ids: [PEOPLE + 5] }, NOW)).toBeNull();
  });

  it("recent averages of different ages are ordered as they read now", async () => {
    const rows = await listLeaders(
      database.pool,
      { board: board("users", "recent"), from: null, direction: "down", limit: 500 },
      NOW,
    );
    const averages = rows.map(({ recentAverage }) => recentAverage);
    expect(averages).toEqual([...averages].sort((a, b) => b - a));
    expect(new Set(averages).size).toBeGreaterThan(50);
  });
});

/** A small table of names is read as a whole where that is cheaper. */
const isWhole = (scan: string) => scan === "Seq Scan credit_balance" || (FULL && scan.startsWith("Seq Scan"));

/** The whole board, sorted by the database without any index of it. */
async function inOrder(pool: Pool, { kind, order, projectId }: Board): Promise<{ id: number; value: number }[]> {
  const name = { users: "user", teams: "team", devices: "host" }[kind] + (projectId === 0 ? "" : "_project");
  const value = order === "total" ? "total_micro" : "recent_key";
  const { rows } = await pool.query<{ id: number; value: number }>(
    `select subject_id as id, ${value} as value from credit_balance where kind = $1 and ${value} is not null
        and ($2 or recent_average * exp(-ln(2) * ($3 - recent_average_seconds) / 604800.0) > 0.005)
      order by 2 desc, 1`,
    [name, order === "total", NOW],
  );
  return rows;
}
