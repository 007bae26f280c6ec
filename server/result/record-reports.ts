import { acceptReport, type Report as CoreReport, type ReportAnswer } from "../core/replication/report.ts";
import type { Acknowledgement } from "../core/wire/exchange.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { inLockedTransaction } from "../sql/transaction.ts";
import { lockWorkunits } from "../workunit/load-workunits.ts";
import { type LoadedWorkunit, perform, type ReportDetails, settle } from "../workunit/loaded-workunit.ts";
import { writeChanges } from "../workunit/write-changes.ts";
import type { CheckedReport } from "./check-report.ts";

/**
 * Records reports and advances their workunits: errors replaced, quorum checked, canonical result chosen, credit granted,
 * assimilation ordered, all in one transaction for the whole batch. Saying the same twice changes nothing.
 * @returns one acknowledgement per report, in the order given.
 */
export async function recordReports(
  deps: Deps,
  { userId, reports }: { userId: number; reports: readonly CheckedReport[] },
  nowSeconds: number,
): Promise<Acknowledgement[]> {
  const good = reports.filter((report) => report.status === "good");
  const answers =
    good.length === 0
      ? []
      : await inLockedTransaction(deps, "reports", {
          weight: good.length,
          lock: (client) => lockWorkunits(deps, client, [...new Set(good.map((report) => report.workunitId))]),
          use: (client, locked) => record(client, { userId, good, locked }, nowSeconds),
        });
  const byReport = new Map(good.map((report, index) => [report, answers[index]]));
  return reports.map((report) => {
    const { resultId } = report;
    if (report.status === "refused") return { resultId: String(resultId), status: "refused", message: report.message };
    return acknowledge(resultId, byReport.get(report) ?? { status: "ignored", why: "not_yours" });
  });
}

type GoodReport = Extract<CheckedReport, { status: "good" }>;

async function record(
  client: PoolClient,
  { userId, good, locked }: { userId: number; good: readonly GoodReport[]; locked: readonly LoadedWorkunit[] },
  nowSeconds: number,
): Promise<(ReportAnswer | undefined)[]> {
  const workunits = new Map(locked.map((workunit) => [workunit.id, workunit]));
  const answers = new Map<GoodReport, ReportAnswer>();
  const replaced = await givenAnother(client, [...workunits.values()], good);
  // S19: one by one in ascending result number, each decided before the next.
  for (const report of [...good].sort((a, b) => a.number - b.number)) {
    const workunit = workunits.get(report.workunitId);
    if (workunit === undefined) continue;
    if (replaced.has(report.resultId)) answers.set(report, { status: "ignored", why: "user_has_another" });
    else answers.set(report, take(workunit, userId, report, nowSeconds));
  }
  await writeChanges(client, [...workunits.values()], nowSeconds);
  return good.map((report) => answers.get(report));
}

/**
 * S36, across workunits that share their exclusion key: results handed back whose user has been given a result of the audit
 * meanwhile. The core sees one workunit at a time.
 */
async function givenAnother(
  client: PoolClient,
  workunits: readonly LoadedWorkunit[],
  good: readonly GoodReport[],
): Promise<Set<number>> {
  const reported = new Set(good.map((report) => String(report.resultId)));
  const returned = workunits.flatMap(({ before }) =>
    before.results.filter((one) => one.state === "over" && one.outcome === "returned" && reported.has(one.id)),
  );
  if (returned.length === 0) return new Set();
  const { rows } = await client.query<{ id: number }>(
    `select r.id from result r where r.id = any($1::bigint[]) and exists (select from result other
        where other.exclusion_key = r.exclusion_key and other.user_id = r.user_id and other.workunit_id <> r.workunit_id
          and (other.outcome is null or other.outcome not in ('returned', 'unneeded')))`,
    [returned.map((result) => Number(result.id))],
  );
  return new Set(rows.map((row) => row.id));
}

function take(workunit: LoadedWorkunit, userId: number, report: GoodReport, nowSeconds: number): ReportAnswer {
  const said: CoreReport = { userId: String(userId), ...report.said };
  const { state } = workunit;
  const answer = acceptReport(state.workunit, state.results, String(report.resultId), said, nowSeconds);
  if (answer.status !== "record") return answer;
  workunit.details.set(String(report.resultId), detailsOf(report));
  perform(workunit, answer.actions, nowSeconds);
  settle(workunit, nowSeconds);
  return answer;
}

function detailsOf({ details }: GoodReport): ReportDetails {
  return details;
}

const IGNORED: Record<Extract<ReportAnswer, { status: "ignored" }>["why"], string> = {
  not_yours: "This result was not given to you.",
  not_sent: "This result was never handed out.",
  already_over: "This result had ended before the report came.",
  user_has_another: "Another result of this workunit has been given to you since.",
};

function acknowledge(resultId: number, answer: ReportAnswer): Acknowledgement {
  const id = String(resultId);
  switch (answer.status) {
    case "record":
      return { resultId: id, status: "recorded" };
    case "duplicate":
      return { resultId: id, status: "duplicate" };
    case "ignored":
      return { resultId: id, status: "ignored", message: IGNORED[answer.why] };
  }
}
