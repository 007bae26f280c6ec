import { note } from "./draft.ts";
import { overdue } from "./leases.ts";
import { raisedTo, replicationLevel } from "./policies/policy.ts";
import type { SentResult } from "./results.ts";
import { resultById, wasSent } from "./results.ts";
import type { Action, Result, ResultId, UserId, Workunit } from "./types.ts";

/** What a host says about a result. `userId` is the reporter's, as authenticated. */
export type Report = { userId: UserId } & (
  | {
      kind: "output";
      digest: string;
      /** The app's own check finds it odd although it fits the format: never accepted alone (S39). */
      suspicious?: boolean;
    }
  /** The output does not fit the declared format. */
  | { kind: "malformed" }
  /** Client error, missing output, exceeded bounds. */
  | { kind: "error" }
  | { kind: "aborted"; by: "user" | "server" }
  | { kind: "returned" }
);

export type ReportAnswer =
  | { status: "record"; actions: Action[] }
  /** The same was said before; nothing changes. */
  | { status: "duplicate"; why: "said_before" }
  /** Acknowledged, so that the client drops it, and without effect. */
  | { status: "ignored"; why: "not_yours" | "not_sent" | "already_over" | "user_has_another" };

/**
 * Takes one report. Apply the actions, then `decide`. Reports of one transaction are taken one by one in ascending result
 * number (`inReportOrder`), each decided before the next (S19). A result whose time is up ends first, as it would have
 * without the report.
 */
export function acceptReport(
  workunit: Workunit,
  results: readonly Result[],
  resultId: ResultId,
  report: Report,
  nowSeconds: number,
): ReportAnswer {
  const result = resultById(results, resultId);
  if (!wasSent(result)) return { status: "ignored", why: "not_sent" };
  if (result.holder.userId !== report.userId) return { status: "ignored", why: "not_yours" };
  if (result.state === "over" && isSame(result, report)) return { status: "duplicate", why: "said_before" };

  const timeUp = result.state === "in_progress" ? overdue(result, nowSeconds) : null;
  const ended = result.state === "over" ? result.outcome : timeUp;
  if (ended !== null && ended !== "noreply" && ended !== "returned") return { status: "ignored", why: "already_over" };
  const before: Action[] = timeUp ? [{ type: "end_result", resultId, outcome: timeUp }] : [];
  if (timeUp === "noreply") before.push(note(result, "noreply"));

  if (ended === "returned" && hasAnother(results, result)) return { status: "ignored", why: "user_has_another" };
  // Handing back what is no longer held changes nothing: how it ended stays the truth.
  if (ended !== null && report.kind === "returned") return { status: "ignored", why: "already_over" };
  return { status: "record", actions: [...before, ...recording(workunit, result, report)] };
}

/** S25, S32: how the report ends the result. */
function recording(workunit: Workunit, result: SentResult, report: Report): Action[] {
  const resultId = result.id;
  switch (report.kind) {
    case "output":
      return [
        ...(report.suspicious ? doubt(workunit) : []),
        // S28: without the canonical output there is nothing to compare it with.
        {
          type: "record_output",
          resultId,
          digest: report.digest,
          validation: workunit.outputDeleted ? "late" : "init",
        },
      ];
    case "malformed":
      return [{ type: "record_failure", resultId, outcome: "valerr" }, note(result, "error")];
    case "error":
      return [{ type: "record_failure", resultId, outcome: "err" }, note(result, "error")];
    case "aborted":
      return [{ type: "record_failure", resultId, outcome: "aborted", abortedBy: report.by }];
    case "returned":
      return [{ type: "record_failure", resultId, outcome: "returned" }];
  }
}

/** S39: stored before the output is: a suspicious result is never compared under the quorum it was doubted for. */
function doubt(workunit: Workunit): Action[] {
  if (workunit.state !== "open") return [];
  const raised = raisedTo(workunit, replicationLevel(workunit.policy) ?? 2);
  return raised ? [{ type: "set_quorum", ...raised }] : [];
}

/** S36: another result of the workunit that is the user's and is not returned. */
function hasAnother(results: readonly Result[], result: SentResult): boolean {
  return results.some(
    (other) =>
      other !== result &&
      wasSent(other) &&
      other.holder.userId === result.holder.userId &&
      !(other.state === "over" && other.outcome === "returned"),
  );
}

function isSame(result: Extract<SentResult, { state: "over" }>, report: Report): boolean {
  switch (report.kind) {
    case "output":
      return result.outcome === "ok" && result.digest === report.digest;
    case "malformed":
      return result.outcome === "valerr";
    case "error":
      return result.outcome === "err";
    case "aborted":
      return result.outcome === "aborted" && result.abortedBy === report.by;
    case "returned":
      return result.outcome === "returned";
  }
}

/** S19 */
export function inReportOrder<T extends { number: number }>(reported: readonly T[]): T[] {
  return [...reported].sort((a, b) => a.number - b.number);
}
