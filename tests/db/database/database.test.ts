import { expect, it } from "vitest";
import { withDatabase } from "../../support/with-database.ts";

const database = withDatabase();

it("gives int8 as a number, and refuses one that a number cannot hold", async () => {
  const { rows } = await database.pool.query<{ n: unknown }>("select 9007199254740991::int8 as n");
  expect(rows[0]?.n).toBe(Number.MAX_SAFE_INTEGER);
  await expect(database.pool.query("select 9007199254740992::int8")).rejects.toThrow(RangeError);
});

it("has a database of its own", async () => {
  const { rows } = await database.pool.query<{ name: string }>("select current_database() as name");
  expect(rows[0]?.name).toMatch(/^t_[0-9a-f]{32}$/);
});
