import { expect, test } from "vitest";
import { outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();
const WORKUNITS = 5;

test("no index names what the usual life of a workunit changes: its rows are written in place", async () => {
  const { current } = lab;
  const { appVersionId } = await current.app();
  const before = await written();
  await current.submit(appVersionId, WORKUNITS);
  for (const host of [await current.host(), await current.host()]) {
    const leases = await current.claim(host, WORKUNITS);
    expect(leases).toHaveLength(WORKUNITS);
    await current.report(host, ...leases.map((lease) => outputReport(lease, outputOf(1))));
  }
  await current.sweep();
  // Each ends and is assimilated. PostgreSQL tells what it counted some seconds later.
  const changes = async () => {
    const after = await written();
    return { changed: after.changed - before.changed, inPlace: after.inPlace - before.inPlace };
  };
  await expect.poll(async () => (await changes()).changed, { timeout: 50_000 }).toBeGreaterThanOrEqual(2 * WORKUNITS);
  const { changed, inPlace } = await changes();
  expect(inPlace).toBe(changed);
});

async function written() {
  return await lab.current.row<{ changed: number; inPlace: number }>(
    `select n_tup_upd::int as changed, n_tup_hot_upd::int as "inPlace" from pg_stat_user_tables where relname = 'workunit'`,
  );
}
