import { expect, it } from "vitest";
import { findDrift } from "../../../server/database/drift.ts";
import { diffMigrationsToSchema } from "../../../server/database/migrate.ts";
import { withDatabase } from "../../support/with-database.ts";

const database = withDatabase();

it("the migrations make what prisma/schema says", async () => {
  expect(await diffMigrationsToSchema(database.url)).toBe("");
});

it("a migrated database is what the migrations make, and a change by hand is seen", async () => {
  expect(await findDrift(database.url)).toEqual({ missing: [], extra: [] });
  await database.pool.query("create table by_hand (id int primary key)");
  const { missing, extra } = await findDrift(database.url);
  expect(missing).toEqual([]);
  expect(extra).toContain("column by_hand.id integer not null");
});
