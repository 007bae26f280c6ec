import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Pool, PoolClient } from "../../server/database/pool.ts";
import { laterOf, queueFrontsOf } from "../../server/result/queue-fronts.ts";
import { QUEUE_START } from "../../server/sql/find-candidates.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue whose first waiting result can be set, and the positions behind which it was looked for. */
function queue() {
  const asked: unknown[] = [];
  const database = { first: { queue_rank: 0, id: 5_001 } as { queue_rank: number; id: number } | undefined };
  const client = {
    query: ({ values }: { values: unknown[] }) => {
      asked.push(values.slice(1));
      return Promise.resolve({ rows: database.first === undefined ? [] : [database.first] });
    },
  } as unknown as PoolClient;
  const fronts = queueFrontsOf({} as Pool);
  return { asked, database, fronts, handOut: (count: number) => fronts.note(client, 1, count) };
}

const START = [QUEUE_START.queueRank, QUEUE_START.resultId];

it("only after very much was handed out searches begin at the first that waits, and only of that version", async () => {
  const { asked, fronts, handOut } = queue();
  await handOut(999);
  expect([fronts.start(1), asked]).toEqual([QUEUE_START, []]);
  await handOut(1);
  expect([fronts.start(1), asked]).toEqual([{ queueRank: 0, resultId: 5_000 }, [START]]);
  expect(fronts.start(2)).toEqual(QUEUE_START);
});

it("within a second the front moves on from where it is, and from its start it is looked for once a second", async () => {
  const { asked, database, fronts, handOut } = queue();
  await handOut(1_000);
  vi.advanceTimersByTime(600);
  database.first = { queue_rank: 0, id: 6_001 };
  await handOut(1_000);
  expect([fronts.start(1), asked]).toEqual([{ queueRank: 0, resultId: 6_000 }, [START, [0, 5_000]]]);
  vi.advanceTimersByTime(401);
  expect(fronts.start(1)).toEqual(QUEUE_START);
  database.first = { queue_rank: -7, id: 9_001 };
  await handOut(1_000);
  expect([fronts.start(1), asked.at(-1)]).toEqual([{ queueRank: -7, resultId: 9_000 }, START]);
});

it("where nothing waits the front stays where it was", async () => {
  const { database, fronts, handOut } = queue();
  await handOut(1_000);
  database.first = undefined;
  await handOut(1_000);
  expect(fronts.start(1)).toEqual({ queueRank: 0, resultId: 5_000 });
});

it("of two positions the one further along is taken, by rank and then by id", () => {
  const at = (queueRank: number, resultId: number) => ({ queueRank, resultId });
  expect(laterOf(at(-3, 9), at(0, 1))).toEqual(at(0, 1));
  expect(laterOf(at(0, 9), at(-3, 10))).toEqual(at(0, 9));
  expect(laterOf(at(0, 2), at(0, 3))).toEqual(at(0, 3));
});
