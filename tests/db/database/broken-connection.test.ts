import { expect, test, vi } from "vitest";
import { openPool } from "../../../server/database/pool.ts";
import { withDatabase } from "../../support/with-database.ts";

const database = withDatabase();

test("a connection that breaks while a transaction holds it is an error of its next statement, not the end of the process", async () => {
  const told: string[] = [];
  const pool = openPool(database.url, { maxConnections: 2, onIdleError: (error) => told.push(error.message) });
  const client = await pool.connect();
  await client.query("begin");
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  await database.pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(0));
  await expect(client.query("select 1")).rejects.toThrow();
  client.release(true);
  // The pool has others.
  expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
