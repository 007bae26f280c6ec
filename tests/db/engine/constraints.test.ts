import { beforeAll, describe, expect, test } from "vitest";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();
/** A completed workunit with results 0 (canonical), 1 and 2 in progress; a failed one; an open one. */
let completed = 0;
let failed = 0;
let open = 0;

beforeAll(async () => {
  const { current } = lab;
  const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 2, targetNResults: 3 } } });
  [completed = 0, failed = 0, open = 0] = await current.submit(appVersionId, 3);
  const hosts = [await current.host(), await current.host(), await current.host()];
  for (const [index, host] of hosts.entries()) {
    const leases = await current.claim(host, 3);
    const first = leases.find((lease) => lease.workunitId === String(completed));
    if (first !== undefined && index < 2) await current.report(host, outputReport(first, outputOf(1)));
  }
  await cancelWorkunits(current.deps, [failed], current.now);
});

describe("the database itself refuses", () => {
  test.each<[string, () => string]>([
    [
      "another canonical result",
      () =>
        `update workunit set canonical_result_id = (select max(id) from result where workunit_id = ${completed}) where id = ${completed}`,
    ],
    [
      "to reopen a completed workunit",
      () =>
        `update workunit set state = 'open', canonical_result_id = null, ended_seconds = null, assimilation = 'init' where id = ${completed}`,
    ],
    [
      "to complete a failed workunit",
      () => `update workunit set state = 'completed', errors = '{}', canonical_result_id = 1 where id = ${failed}`,
    ],
    [
      "another error on a failed workunit",
      () => `update workunit set errors = '{cancelled,too_many_total}' where id = ${failed}`,
    ],
    [
      "an error that has no name",
      () =>
        `update workunit set state = 'failed', errors = '{bad_luck}', ended_seconds = 1, assimilation = 'ready' where id = ${open}`,
    ],
    [
      "a failure without an error",
      () => `update workunit set state = 'failed', ended_seconds = 1, assimilation = 'ready' where id = ${open}`,
    ],
    [
      "a canonical result that is not valid",
      () =>
        `update workunit set state = 'completed', ended_seconds = 1, assimilation = 'ready', canonical_result_id = (select min(id) from result where workunit_id = ${open}) where id = ${open}`,
    ],
    [
      "a canonical result of another workunit",
      () =>
        `update workunit set state = 'completed', ended_seconds = 1, assimilation = 'ready', canonical_result_id = (select canonical_result_id from workunit where id = ${completed}) where id = ${open}`,
    ],
    ["more results for an ended workunit", () => `update workunit set n_results = 9 where id = ${completed}`],
    [
      "to send a result again",
      () =>
        `update result set state = 'unsent', host_id = null, user_id = null, sent_seconds = null, deadline_seconds = null, due_seconds = null where workunit_id = ${open} and number = 0`,
    ],
    [
      "to give a result to another host",
      () => `update result set host_id = 1, user_id = 1 where workunit_id = ${open} and host_id <> 1`,
    ],
    [
      "another end of a result",
      () => `update result set outcome = 'err', validation = 'invalid' where workunit_id = ${completed} and number = 0`,
    ],
    [
      "a second judgement",
      () =>
        `update result set validation = 'invalid', credit_micro = null where workunit_id = ${completed} and number = 0`,
    ],
    [
      "another output of a success",
      () => `update result set output_sha256 = repeat('0', 64) where workunit_id = ${completed} and number = 0`,
    ],
    [
      "more credit for a result",
      () => `update result set credit_micro = credit_micro + 1 where workunit_id = ${completed} and number = 0`,
    ],
    [
      "another holder of a result that was sent",
      () => `update result set user_id = user_id + 1000 where workunit_id = ${open} and number = 0`,
    ],
    [
      "to send a result again",
      () =>
        `update result set state = 'unsent', host_id = null, user_id = null, sent_seconds = null, deadline_seconds = null, due_seconds = null where workunit_id = ${open} and number = 0`,
    ],
    [
      "an outcome that has no name",
      () =>
        `update result set state = 'over', due_seconds = null, outcome = 'lost' where workunit_id = ${open} and number = 0`,
    ],
    [
      "credit for what is not valid",
      () => `update result set credit_micro = 1 where workunit_id = ${open} and number = 0`,
    ],
    [
      "[R000.3] a second result for a user",
      () =>
        `insert into result (workunit_id, number, exclusion_key, created_seconds, app_version_id, queue_rank, state, host_id, user_id, sent_seconds, deadline_seconds, due_seconds) select workunit_id, 77, exclusion_key, 1, app_version_id, 0, 'in_progress', host_id, user_id, 1, 2, 2 from result where workunit_id = ${open} and number = 0`,
    ],
    [
      "two results of one number",
      () =>
        `insert into result (workunit_id, number, created_seconds, app_version_id, queue_rank) select workunit_id, number, 1, app_version_id, 0 from result where workunit_id = ${open} and number = 0`,
    ],
    [
      "a second grant for a result",
      () =>
        "insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds) select result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, 1 from credit_entry limit 1",
    ],
    ["to change the ledger", () => "update credit_entry set amount_micro = 0"],
    ["to shorten the ledger", () => "delete from credit_entry"],
    ["to empty the ledger", () => "truncate credit_entry"],
    ["to delete a workunit", () => `delete from workunit where id = ${open}`],
    ["to delete a result", () => `delete from result where workunit_id = ${open}`],
    ["to change a published version", () => "update app_version set manifest = '{}'"],
    [
      "a second message for an ended workunit",
      () =>
        `insert into outbox (key, kind, project_id, workunit_id, payload, created_seconds, next_seconds) values ('assimilate:${completed}', 'assimilate', 1, ${completed}, '{}', 1, 1)`,
    ],
  ])("%s", async (_title, statement) => {
    await expect(lab.current.deps.pool.query(statement())).rejects.toMatchObject({
      code: expect.stringMatching(/^23/),
    });
  });

  test("all of a statement when one of its rows may not change", async () => {
    const { pool } = lab.current.deps;
    const both = `workunit_id = any(array[${open}, ${completed}])`;
    const changed = "case when output_sha256 is null then null else repeat('0', 64) end";
    await expect(
      pool.query(`update result set elapsed_ms = 77, output_sha256 = ${changed} where ${both}`),
    ).rejects.toMatchObject({ code: "23000", constraint: "result_end_is_final" });
    const { rows } = await pool.query("select count(*)::int as n from result where elapsed_ms = 77");
    expect(rows).toEqual([{ n: 0 }]);
  });
});
