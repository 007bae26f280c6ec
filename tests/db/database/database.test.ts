import { expect, it } from "vitest";
import { isUnstorableText } from "../../../server/database/unstorable-text.ts";
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

it.each(["\0", "\ud800", "\udc00\ud800", "x\ud800x"])(
  "the text %j cannot be stored as JSON, however it is sent",
  async (bad) => {
    const told = (failing: Promise<unknown>) =>
      failing.then(
        () => null,
        (error: unknown) => error,
      );
    const json = JSON.stringify({ text: bad });
    for (const failed of [
      await told(database.pool.query("select $1::jsonb", [json])),
      await told(database.prisma.$queryRaw`select ${json}::jsonb`),
      await told(database.prisma.project.updateMany({ data: { links: [bad] } })),
    ]) {
      expect(failed).toBeInstanceOf(Error);
      expect(isUnstorableText(failed), String(failed)).toBe(true);
    }
  },
);

it("what is no number is no such text", async () => {
  const failed = await database.pool.query("select $1::bigint", ["surrogate"]).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "22P02" });
  expect(isUnstorableText(failed)).toBe(false);
});
