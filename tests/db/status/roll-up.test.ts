import { beforeAll, describe, expect, test } from "vitest";
import { noteClock } from "../../../server/status/clock-jumps.ts";
import { getStatus } from "../../../server/status/get-status.ts";
import { rollUpStatus } from "../../../server/status/roll-up.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
const status = (hours = 6) => getStatus(lab.current.deps.pool, { hours, diskFull: false }, lab.current.now);
const sum = <T>(rows: readonly T[], of: (row: T) => number) => rows.reduce((total, row) => total + of(row), 0);

/** One project: 3 confirmed, 1 cancelled, 1 with a success that waits, 1 that is out twice, 2 not begun. */
let slug: string;
let projectId: number;

beforeAll(async () => {
  const { current } = lab;
  current.now = 1_700_000_040; // The first second of a minute.
  await rollUpStatus(current.deps, current.now);
  const app = await current.app();
  ({ slug, projectId } = app);
  const ids = await current.submit(app.appVersionId, 5);
  const [a, b] = [await current.host(), await current.host()];
  const first = await current.claim(a, 5);
  const second = await current.claim(b, 5);
  ids.push(...(await current.submit(app.appVersionId, 3)));
  await current.report(a, ...first.slice(0, 4).map((lease) => outputReport(lease, outputOf(1))));
  current.now += 10;
  await current.report(b, ...second.slice(0, 3).map((lease) => outputReport(lease, outputOf(1))));
  await cancelWorkunits(current.deps, ids.slice(-1), current.now);
  await current.sweep();
  current.now += 60;
});

describe("what is counted each minute", () => {
  test("[R000.27] every workunit once, since when the oldest success waits, and what came in", async () => {
    await rollUpStatus(lab.current.deps, lab.current.now);
    const seen = await status();
    const raw = await lab.current.row(
      `select count(*) filter (where state = 'open')::int as open, count(*) filter (where state = 'completed')::int as completed,
              count(*) filter (where state = 'failed')::int as failed from workunit`,
    );
    expect({ open: seen.workunitsOpen, completed: seen.workunitsConfirmed, failed: seen.workunitsFailed }).toEqual(raw);
    expect(seen).toMatchObject({ beingChecked: 1, oldestWaitingSeconds: 70, inProgress: 3, hosts: 2, hostsOnline: 2 });
    expect(seen.countedSeconds).toBe(1_700_000_100);
    expect(seen.projects).toMatchObject([{ slug, inProgress: 3, beingChecked: 1, hosts: 2, workunitsConfirmed: 3 }]);
    const minutes = (await status(1)).history;
    expect([sum(minutes, (m) => m.reported), sum(minutes, (m) => m.confirmed), sum(minutes, (m) => m.failed)]).toEqual([
      7, 3, 1,
    ]);
    expect(seen.reportedPerMinute).toBeCloseTo(7 / 5);
  });

  test("before anything was counted the site is counted when asked", async () => {
    const { current } = lab;
    const before = await status();
    const kept = await current.rows("delete from status_minute returning *");
    const asked = await status();
    expect(asked).toMatchObject({ workunitsConfirmed: 3, inProgress: 3, beingChecked: 1, history: [] });
    expect(asked.problems).toEqual(before.problems);
    await current.deps.pool.query(
      "insert into status_minute select * from jsonb_populate_recordset(null::status_minute, $1::jsonb)",
      [JSON.stringify(kept)],
    );
    expect(await status()).toEqual(before);
  });

  test("by any number of processes once", async () => {
    const { current } = lab;
    current.now += 60;
    const written = await Promise.all(Array.from({ length: 6 }, () => rollUpStatus(current.deps, current.now)));
    expect(written.filter((count) => count > 0)).toHaveLength(1);
    const rows = await current.rows("select project_id from status_minute where minute_seconds = $1 order by 1", [
      Math.floor(current.now / 60) * 60,
    ]);
    expect(rows).toEqual([{ project_id: 0 }, { project_id: projectId }]);
  });

  test("a pause is a gap, not a zero; what is old goes", async () => {
    const { current } = lab;
    const counted = (await status(24)).history;
    expect(counted.length).toBeGreaterThan(0);
    current.now += 3_600;
    await rollUpStatus(current.deps, current.now);
    const hour = (await status(1)).history;
    expect(hour.slice(5).every((moment) => moment.unsent === null && moment.reported === 0)).toBe(true);
    current.now += 3 * 86_400;
    await rollUpStatus(current.deps, current.now);
    expect(await current.row("select count(distinct minute_seconds)::int as n from status_minute")).toEqual({ n: 1 });
  });

  test("the page says when nobody is here, and when nobody counts any more", async () => {
    const { current } = lab;
    expect((await status()).problems.map((one) => one.kind)).toContain("no_volunteers");
    current.now += 300;
    expect((await status()).problems).toContainEqual(expect.objectContaining({ kind: "sweeper_late" }));
  });

  test("a clock that is put back or forth is said; time that passes is not", async () => {
    const { current } = lab;
    const { deps } = current;
    const jumps = async () => (await status()).problems.filter((one) => one.kind === "clock_jump");
    await noteClock(deps, current.now, 1_000_000);
    await deps.pool.query("delete from setting where key = 'clock_jump'");
    await noteClock(deps, current.now + 600, 1_600_000);
    await noteClock(deps, current.now + 629, 1_600_000);
    expect(await jumps()).toEqual([]);
    await noteClock(deps, current.now - 3_000, 1_601_000);
    expect(await jumps()).toEqual([{ kind: "clock_jump", atSeconds: current.now - 3_000, bySeconds: -3_630 }]);
  });
});

describe("what the page costs", () => {
  test("as much after a long past as after a short one: it reads no table that grows with what was computed", async () => {
    const client = await lab.current.deps.pool.connect();
    try {
      // On one connection: what others read meanwhile is not counted, and what this one read before is subtracted.
      const scans = async () => {
        const { rows } = await client.query<{ table: string; n: number }>(
          "select relname as table, (seq_scan + coalesce(idx_scan, 0))::int as n from pg_stat_xact_user_tables order by 1",
        );
        return rows;
      };
      await client.query("begin");
      const before = new Map((await scans()).map((row) => [row.table, row.n]));
      const pool = client as unknown as Parameters<typeof getStatus>[0];
      await getStatus(pool, { hours: 24, diskFull: false }, lab.current.now);
      const read = (await scans()).filter((row) => row.n > (before.get(row.table) ?? 0)).map((row) => row.table);
      const small = ["host", "outbox", "project", "project_handler", "setting", "status_minute"];
      expect(read).toContain("status_minute");
      expect(read.filter((table) => !small.includes(table))).toEqual([]);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});
