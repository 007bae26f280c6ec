import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportStatistics, STATISTICS_FILES, statisticsFolder } from "../../../server/export/export-statistics.ts";
import { getStatisticsConsent, setStatisticsConsent } from "../../../server/export/statistics-consent.ts";
import { PAGE } from "../../../server/export/statistics-pages.ts";
import { asRead, faultsOf } from "../../support/statistics/validate.ts";
import { type LabHost, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
const DAY = 86_400;
let hosts: LabHost[];

const folder = () => statisticsFolder(lab.current.deps.dataFolder);
const consent = (host: LabHost | undefined, isGiven: boolean, url: string | null = null) =>
  setStatisticsConsent(lab.current.deps, { userId: host?.userId ?? 0, input: { isGiven, url } }, lab.current.now);

/** A day later, whatever was written before. */
async function exported(): Promise<Record<"user" | "host" | "team" | "tables", string>> {
  lab.current.now += DAY;
  expect(await exportStatistics(lab.current.deps, lab.current.now)).toBe(true);
  const text = async (name: string) => {
    const bytes = await readFile(join(folder(), name));
    return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
  };
  const [user, host, team, tables] = await Promise.all(STATISTICS_FILES.map(text));
  const files = { user: user ?? "", host: host ?? "", team: team ?? "", tables: tables ?? "" };
  for (const xml of Object.values(files)) expect(await faultsOf(xml)).toEqual([]);
  return files;
}

const idsIn = (xml: string) => [...xml.matchAll(/<id>(\d+)<\/id>/g)].map((match) => Number(match[1]));

beforeAll(async () => {
  const { current } = lab;
  const { appVersionId } = await current.app();
  await current.submit(appVersionId, 1);
  hosts = [await current.host(), await current.host(), await current.host()];
  for (const host of hosts.slice(0, 2)) {
    const [lease] = await current.claim(host, 1);
    if (lease === undefined) throw new Error("no work");
    await current.report(host, outputReport(lease, outputOf(1)));
  }
  await current.fold();
});

beforeEach(async () => {
  await lab.current.deps.pool.query("delete from statistics_consent");
});

describe("statistics files", () => {
  test("name nobody who did not ask for it, and count everybody", async () => {
    const files = await exported();
    expect([idsIn(files.user), idsIn(files.host), idsIn(files.team)]).toEqual([[], [], []]);
    expect(files.tables).toContain("<nusers_total>2</nusers_total>");
    expect(files.tables).toContain("<nhosts_total>2</nhosts_total>");
    expect(files.tables).toContain("<total_credit>3.000000</total_credit>");
    expect(files.tables).toContain(`<update_time>${lab.current.now}</update_time>`);
  });

  test("name who consents and has credit, with their devices, until they take it back", async () => {
    const [first, , idle] = hosts;
    await consent(first, true, "https://example.org/me?a=1&b=2");
    await consent(idle, true);
    await lab.current.deps.pool.query("update app_user set name = $2, country = 'DE' where id = $1", [
      first?.userId,
      "</name><b>\u0001\u202eEvil & Co 🦊",
    ]);
    const files = await exported();
    expect(idsIn(files.user)).toEqual([first?.userId]);
    expect(idsIn(files.host)).toEqual([first?.hostId]);
    expect(files.user).toContain("<total_credit>1.500000</total_credit>");
    expect(files.user).toContain("<country>Germany</country>");
    const read = await asRead(files.user);
    expect(read).toContain("<name>&lt;/name&gt;&lt;b&gt;\ufffd\u202eEvil &amp; Co 🦊</name>");
    expect(read).toContain("<url>https://example.org/me?a=1&amp;b=2</url>");
    const cpid = /<cpid>(\w+)/.exec(files.user)?.[1];

    await consent(first, false);
    expect(idsIn((await exported()).user)).toEqual([]);
    expect(await getStatisticsConsent(lab.current.deps, first?.userId ?? 0)).toMatchObject({
      isGiven: false,
      url: null,
    });
    await consent(first, true);
    expect(/<cpid>(\w+)/.exec((await exported()).user)?.[1]).toBe(cpid);
  });

  test("never name deleted, joined or banned people, nor removed devices", async () => {
    const { pool } = lab.current.deps;
    const [first, second] = hosts;
    await consent(first, true);
    await consent(second, true);
    await pool.query("update app_user set deleted_seconds = 1, name = null, country = null where id = $1", [
      first?.userId,
    ]);
    await pool.query("update host set removed_seconds = 1 where id = $1", [second?.hostId]);
    const files = await exported();
    expect([idsIn(files.user), idsIn(files.host)]).toEqual([[second?.userId], []]);
    await pool.query("insert into user_ban (user_id, reason, banned_by, banned_seconds) values ($1, 'x', 1, 1)", [
      second?.userId,
    ]);
    expect(idsIn((await exported()).user)).toEqual([]);
    await pool.query("delete from user_ban");
    await pool.query("update app_user set deleted_seconds = null");
    await pool.query("update host set removed_seconds = null");
  });

  test("once a day, by one of many processes, and nothing half-written is left", async () => {
    const { current } = lab;
    current.now += DAY;
    const wrote = await Promise.all(Array.from({ length: 5 }, () => exportStatistics(current.deps, current.now)));
    expect(wrote.filter(Boolean)).toHaveLength(1);
    expect(await exportStatistics(current.deps, current.now + DAY - 1)).toBe(false);
    expect((await readdir(folder())).sort()).toEqual([...STATISTICS_FILES].sort());
  });

  test("a writer that fails leaves yesterday's files and is tried again", async () => {
    const { current } = lab;
    const before = await exported();
    current.now += DAY;
    const failing = {
      ...current.deps,
      pool: new Proxy(current.deps.pool, {
        get(pool, property, receiver) {
          if (property !== "query") return Reflect.get(pool, property, receiver).bind?.(pool);
          return (text: string, values: unknown[]) => {
            if (typeof text === "string" && text.includes("from team t")) throw new Error("the disk is full");
            return pool.query(text, values);
          };
        },
      }),
    };
    await expect(exportStatistics(failing, current.now)).rejects.toThrow("the disk is full");
    expect((await readdir(folder())).sort()).toEqual([...STATISTICS_FILES].sort());
    const user = gunzipSync(await readFile(join(folder(), "user.gz"))).toString("latin1");
    expect(user).toBe(before.user);
    expect(await exportStatistics(current.deps, current.now)).toBe(true);
  });

  test("a clock that went back does not stop them", async () => {
    const { current } = lab;
    await rm(folder(), { recursive: true });
    expect(await exportStatistics(current.deps, current.now - 10 * DAY)).toBe(true);
  });

  test("are written page by page, everybody once", async () => {
    const { pool } = lab.current.deps;
    const count = 2 * PAGE + 17;
    await pool.query(
      `with u as (insert into app_user (name, is_anonymous, created_seconds) select 'many ' || n, false, 1 from generate_series(1, ${count}) n returning id),
            b as (insert into credit_balance (kind, subject_id, total_micro, recent_average_seconds) select 'user', id, 5, 1 from u)
       insert into statistics_consent (user_id, is_given, changed_seconds, internal_cpid) select id, true, 1, md5(id::text) from u`,
    );
    const ids = idsIn((await exported()).user);
    expect([ids.length, new Set(ids).size]).toEqual([count, count]);
  });
});
