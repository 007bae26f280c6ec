import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, inject, test } from "vitest";
import { checkLedger, repairLedger } from "../../../server/credit/check-ledger.ts";
import { foldCredit } from "../../../server/credit/fold-credit.ts";
import { recomputeCredit } from "../../../server/credit/recompute-credit.ts";
import { inProject } from "../../../server/paths.ts";
import { ledgerProblems } from "../../support/check-ledger.ts";
import { type LabHost, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
const check = () => checkLedger(lab.current.deps);

let resultId = 2_000_000_000;

/** A line of the ledger as the engine writes it. */
async function entry(host: LabHost, projectId: number, line: { micro: number; seconds: number; recalls?: number }) {
  resultId += 1;
  const { micro, seconds, recalls } = line;
  await lab.current.deps.pool.query(
    `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
     values ($1, $2, $3, $4, $5, 1, $6, $7)`,
    [
      recalls ?? resultId,
      recalls === undefined ? "grant" : "recall",
      host.userId,
      host.hostId,
      projectId,
      micro,
      seconds,
    ],
  );
  return recalls ?? resultId;
}

describe("the ledger recomputes to the same balances", () => {
  test("after work was confirmed, and at any moment of it", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 12);
    const hosts = [await current.host(), await current.host(), await current.host()];
    for (const [index, host] of hosts.entries()) {
      for (const lease of await current.claim(host, 12)) {
        await current.report(host, outputReport(lease, outputOf(index === 2 ? 2 : 1)));
        current.now += 17;
        expect((await check()).differences).toEqual([]);
      }
      await foldCredit(current.deps);
    }
    await current.fold();
    const { entries, balances, differences } = await check();
    expect(differences).toEqual([]);
    expect(entries).toBe(24);
    // Two users, two hosts, one project, two users and two hosts within it.
    expect(balances).toBe(9);
  });

  test("after random histories, negative entries and clocks that run back, in any number of rounds", async () => {
    const { current } = lab;
    const projects = [(await current.app()).projectId, (await current.app()).projectId];
    const hosts = [await current.host(), await current.host(), await current.host(), await current.host()];
    const line = fc.record({
      host: fc.nat(3),
      project: fc.nat(1),
      micro: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000_000 })),
      pause: fc.oneof(fc.constant(0), fc.integer({ min: -30, max: 30 }), fc.integer({ min: 1, max: 20 * 86_400 })),
      recall: fc.boolean(),
      fold: fc.integer({ min: 0, max: 4 }),
    });
    const granted: { host: LabHost; projectId: number; micro: number; id: number }[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 25 }), async (lines) => {
        for (const { host: h, project, micro, pause, recall, fold } of lines) {
          current.now = Math.max(current.now + pause, 1_700_000_000);
          const old = recall ? granted.pop() : undefined;
          const [host, projectId] = [hosts[h] as LabHost, projects[project] as number];
          if (old) await entry(old.host, old.projectId, { micro: -old.micro, seconds: current.now, recalls: old.id });
          else
            granted.push({ host, projectId, micro, id: await entry(host, projectId, { micro, seconds: current.now }) });
          if (fold === 0) await foldCredit(current.deps);
        }
        expect((await check()).differences).toEqual([]);
      }),
      { numRuns: 60, seed: 4 },
    );
    await current.fold();
    expect((await check()).differences).toEqual([]);
    const balances = await current.rows("select * from credit_balance order by kind, subject_id, project_id");
    // Every balance by plain addition, which knows nothing of folding.
    for (const host of hosts) {
      const [own] = await current.rows<{ micro: string | null; results: number }>(
        `select sum(amount_micro)::text as micro, (count(*) filter (where kind = 'grant') - count(*) filter (where kind = 'recall'))::int as results
           from credit_entry where host_id = $1`,
        [host.hostId],
      );
      const balance = balances.find((row) => row["kind"] === "host" && row["subject_id"] === host.hostId);
      expect([String(balance?.["total_micro"] ?? 0), balance?.["n_results"] ?? 0]).toEqual([
        own?.micro ?? "0",
        own?.results,
      ]);
    }
    // Thrown away and folded anew, they come out the same to the last bit.
    await recomputeCredit(current.deps);
    await current.fold();
    expect(await current.rows("select * from credit_balance order by kind, subject_id, project_id")).toEqual(balances);
  });

  test.each([
    [
      "a total",
      "update credit_balance set total_micro = total_micro + 1 where kind = 'user' and subject_id = $1",
      /user:\d+:0: the total/,
    ],
    [
      "a number of results",
      "update credit_balance set n_results = n_results + 1 where kind = 'user' and subject_id = $1",
      /the number of results/,
    ],
    [
      "an average",
      "update credit_balance set recent_average = recent_average * (1 + 1e-8) where kind = 'user' and subject_id = $1",
      /the recent average/,
    ],
    [
      "an average that is no number",
      "update credit_balance set recent_average = 'NaN' where kind = 'user' and subject_id = $1",
      /the recent average is NaN/,
    ],
    [
      "a time",
      "update credit_balance set recent_average_seconds = recent_average_seconds + 1 where kind = 'user' and subject_id = $1",
      /the time/,
    ],
    [
      "a balance that is missing",
      "delete from credit_balance where kind = 'user' and subject_id = $1",
      /there is no balance/,
    ],
    [
      "a balance of nobody",
      "insert into credit_balance (kind, subject_id, recent_average_seconds) values ('user', -$1::bigint, 0)",
      /says nothing of/,
    ],
    ["an hour", "update credit_hour set amount_micro = amount_micro - 1 where user_id = $1", /hour user \d+/],
    ["an hour that is missing", "delete from credit_hour where user_id = $1", /hour user \d+.*nothing/],
  ])("%s that is wrong is found, and repaired in one transaction", async (_, sql, sentence) => {
    const { current } = lab;
    const host = await current.host();
    const { projectId } = await current.app();
    await entry(host, projectId, { micro: 5_000_000, seconds: current.now });
    await current.fold();
    expect((await check()).differences).toEqual([]);
    await current.deps.pool.query(sql, [host.userId]);
    const { differences } = await check();
    expect(differences.join("\n")).toMatch(sentence);
    expect((await repairLedger(current.deps)).differences).toEqual(differences);
    expect((await check()).differences).toEqual([]);
    expect(await ledgerProblems(current.deps.pool, { atRest: false })).not.toContain(/balance/);
  });

  test("a repair that dies before its commit leaves everything as it was", async () => {
    const { current } = lab;
    const host = await current.host();
    const { projectId } = await current.app();
    await entry(host, projectId, { micro: 5_000_000, seconds: current.now });
    await current.fold();
    await current.deps.pool.query("update credit_balance set total_micro = 1 where kind = 'user' and subject_id = $1", [
      host.userId,
    ]);
    const before = await current.rows("select * from credit_balance order by kind, subject_id, project_id");
    const boundary = (name: string) => {
      if (name === "repair-ledger") throw new Error("died");
    };
    await expect(repairLedger({ ...current.deps, boundary })).rejects.toThrow("died");
    expect(await current.rows("select * from credit_balance order by kind, subject_id, project_id")).toEqual(before);
    await repairLedger(current.deps);
  });

  test("the command says so: exit code 1 with what differs, 0 when all is right", async () => {
    const { current } = lab;
    const host = await current.host();
    const { projectId } = await current.app();
    await entry(host, projectId, { micro: 5_000_000, seconds: current.now });
    await current.fold();
    const { database } = await current.row<{ database: string }>("select current_database() as database");
    const url = new URL(inject("postgresUrl"));
    url.pathname = `/${database}`;
    const run = (...flags: string[]) => {
      const args = [inProject("server/cli/ledger-check.ts"), ...flags];
      const env = { ...process.env, DATABASE_URL: url.href, DATA_FOLDER: current.deps.dataFolder };
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
      return { status, stdout, stderr };
    };
    expect(run()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^All is right: \d+ ledger entries/),
      stderr: "",
    });
    await current.deps.pool.query("update credit_balance set total_micro = 1 where kind = 'user' and subject_id = $1", [
      host.userId,
    ]);
    const wrong = run();
    expect(wrong).toMatchObject({ status: 1, stderr: "" });
    expect(wrong.stdout).toMatch(`user:${host.userId}:0: the total is 1, the ledger says 5000000`);
    expect(run("--repair")).toMatchObject({ status: 0, stdout: expect.stringMatching(/now repaired/) });
    expect(run().status).toBe(0);
  });
});

describe("credit of teams and of identities that were joined", () => {
  const balance = async (kind: string, id: number) =>
    (
      await lab.current.rows<{ total_micro: number; n_results: number }>(
        "select total_micro, n_results from credit_balance where kind = $1 and subject_id = $2 and project_id = 0",
        [kind, id],
      )
    )[0];
  const team = async (host: LabHost) =>
    (
      await lab.current.row<{ id: number }>(
        `insert into team (name, name_key, invite_token, creator_id, founder_id, created_seconds)
         values ('Team', gen_random_uuid()::text, '', $1, $1, $2) returning id`,
        [host.userId, lab.current.now],
      )
    ).id;
  const member = (teamId: number, host: LabHost, joined: number, left: number | null) =>
    lab.current.deps.pool.query(
      "insert into team_membership (user_id, team_id, joined_seconds, left_seconds) values ($1, $2, $3, $4)",
      [host.userId, teamId, joined, left],
    );

  test("a team has what was granted while its members were members, and a recall takes it from that same team", async () => {
    const { current } = lab;
    const host = await current.host();
    const { projectId } = await current.app();
    const t = current.now;
    const [first, second] = [await team(host), await team(host)];
    await member(first, host, t + 10, t + 20);
    await member(second, host, t + 20, null);
    const at = (seconds: number, micro: number, recalls?: number) =>
      entry(host, projectId, { micro, seconds: t + seconds, ...(recalls !== undefined && { recalls }) });
    await at(9, 1);
    const granted = await at(10, 20);
    await at(19, 300);
    await at(20, 4_000);
    await current.fold();
    expect(await balance("team", first)).toEqual({ total_micro: 320, n_results: 2 });
    expect(await balance("team", second)).toEqual({ total_micro: 4_000, n_results: 1 });
    // Recalled long after its user went to another team.
    await at(500, -20, granted);
    await current.fold();
    expect(await balance("team", first)).toEqual({ total_micro: 300, n_results: 1 });
    expect(await balance("team", second)).toEqual({ total_micro: 4_000, n_results: 1 });
    expect(await balance("user", host.userId)).toEqual({ total_micro: 4_301, n_results: 3 });
    expect((await check()).differences).toEqual([]);
    const hours = await current.rows(
      "select sum(amount_micro)::int as micro from credit_team_hour where team_id = $1",
      [first],
    );
    expect(hours).toEqual([{ micro: 300 }]);
  });

  test("an hour or a balance of a team that is wrong is found and repaired", async () => {
    const { current } = lab;
    const host = await current.host();
    const { projectId } = await current.app();
    const id = await team(host);
    await member(id, host, current.now, null);
    await entry(host, projectId, { micro: 7, seconds: current.now });
    await current.fold();
    await current.deps.pool.query("update credit_team_hour set amount_micro = 8 where team_id = $1", [id]);
    await current.deps.pool.query("update credit_balance set total_micro = 8 where kind = 'team' and subject_id = $1", [
      id,
    ]);
    expect((await check()).differences.join("\n")).toMatch(
      /team:\d+:0: the total is 8[\s\S]*hour team \d+ .*: 8 of 1 results/,
    );
    await repairLedger(current.deps);
    expect((await check()).differences).toEqual([]);
  });

  test("joined identities have one balance, before and after, and a team nothing of what was before", async () => {
    const { current } = lab;
    const [account, anonymous] = [await current.host(), await current.host()];
    const { projectId } = await current.app();
    const id = await team(account);
    await member(id, account, current.now - 1_000, null);
    await entry(anonymous, projectId, { micro: 10, seconds: current.now });
    await entry(account, projectId, { micro: 200, seconds: current.now + 5 });
    await current.fold();
    await current.deps.pool.query("update app_user set merged_into = $2 where id = $1", [
      anonymous.userId,
      account.userId,
    ]);
    // Nothing has moved yet: the books say what they say, and are right.
    expect((await check()).differences).toEqual([]);
    expect(await balance("user", anonymous.userId)).toEqual({ total_micro: 10, n_results: 1 });
    await entry(anonymous, projectId, { micro: 3_000, seconds: current.now + 10 });
    await current.fold();
    expect(await balance("user", anonymous.userId)).toBeUndefined();
    expect(await balance("user", account.userId)).toEqual({ total_micro: 3_210, n_results: 3 });
    expect(await balance("team", id)).toEqual({ total_micro: 3_200, n_results: 2 });
    expect((await check()).differences).toEqual([]);
    const balances = await current.rows("select * from credit_balance order by kind, subject_id, project_id");
    await recomputeCredit(current.deps);
    await current.fold();
    expect(await current.rows("select * from credit_balance order by kind, subject_id, project_id")).toEqual(balances);
  });
});
