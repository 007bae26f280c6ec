import { expect, it } from "vitest";
import type { Pool, PoolClient } from "../../server/database/pool.ts";
import { skippedBy } from "../../server/result/skipped-positions.ts";
import { type CandidateRow, QUEUE_START } from "../../server/sql/find-candidates.ts";

/** A search by user 1 that found result 5 001 first, and a database in which it had passed over so many. */
async function afterSearch({ tookMs, passed }: { tookMs: number; passed: number }) {
  const skipped = skippedBy({} as Pool);
  const asked: unknown[] = [];
  const client = {
    query: (query: unknown) => {
      asked.push(query);
      return Promise.resolve({ rows: [{ passed }] });
    },
  } as unknown as PoolClient;
  const found = [{ queue_rank: 0, result_id: 5_001 } as CandidateRow];
  await skipped.note(client, { userId: 1, appVersionId: 1, after: QUEUE_START, found, tookMs });
  return { skipped, asked: asked.length };
}

it("a search that passed over very many is not done again from the start, by that user and for that version", async () => {
  const { skipped } = await afterSearch({ tookMs: 50, passed: 1_000 });
  expect(skipped.start(1, 1)).toEqual({ queueRank: 0, resultId: 5_000 });
  expect([skipped.start(2, 1), skipped.start(1, 2)]).toEqual([QUEUE_START, QUEUE_START]);
});

it("a search that was slow because the machine was busy is forgotten: work with a higher priority must be found", async () => {
  const { skipped, asked } = await afterSearch({ tookMs: 5_000, passed: 999 });
  expect([skipped.start(1, 1), asked]).toEqual([QUEUE_START, 1]);
});

it("a fast search costs nothing more", async () => {
  const { skipped, asked } = await afterSearch({ tookMs: 1, passed: 1_000 });
  expect([skipped.start(1, 1), asked]).toEqual([QUEUE_START, 0]);
});
