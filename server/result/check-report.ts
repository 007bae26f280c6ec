import { createHash } from "node:crypto";
import type { AppVersion } from "../app-version/app-versions.ts";
import { parseOutput } from "../core/replication/comparators/output-values.ts";
import type { Report as CoreReport } from "../core/replication/report.ts";
import type { Report } from "../core/wire/exchange.ts";
import { type Reason, storedReason } from "../core/wire/reason.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { equalHex } from "../secrets.ts";
import { outputKey } from "../storage/storage.ts";
import type { ReportDetails } from "../workunit/loaded-workunit.ts";

// Distributes over the union, which Omit alone does not.
type WithoutUser<T> = T extends unknown ? Omit<T, "userId"> : never;

/** A report that was looked at without any lock: what it says, or why it can never be taken. */
export type CheckedReport =
  | {
      status: "good";
      resultId: number;
      workunitId: number;
      number: number;
      said: WithoutUser<CoreReport>;
      details: ReportDetails;
    }
  | { status: "refused"; resultId: number; message: string };

export type ReportedRow = {
  id: number;
  workunit_id: number;
  number: number;
  app_version_id: number;
  host_id: number | null;
  user_id: number | null;
  output_sha256: string | null;
};

const FIND_REPORTED = {
  name: "find-reported",
  text: `select id, workunit_id, number, app_version_id, host_id, user_id, output_sha256 from result where id = any($1::bigint[])`,
};

/** What the reports are about, as it is stored: read before anything is locked. */
export async function findReported(
  client: Pick<PoolClient, "query">,
  reports: readonly Report[],
): Promise<ReadonlyMap<number, ReportedRow>> {
  if (reports.length === 0) return new Map();
  const values = [reports.map((report) => Number(report.resultId))];
  const { rows } = await client.query<ReportedRow>({ ...FIND_REPORTED, values });
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Checks what needs no lock: that the result exists, that the lease's token is right, that the bytes have the hash they are
 * said to have and fit the declared format. Whose result it is and whether it is still wanted is decided under the lock.
 */
export async function checkReports(
  deps: Deps,
  { userId, reports, stored }: { userId: number; reports: readonly Report[]; stored: ReadonlyMap<number, ReportedRow> },
): Promise<CheckedReport[]> {
  return await Promise.all(
    reports.map((report) => checkReport(deps, userId, report, stored.get(Number(report.resultId)))),
  );
}

async function checkReport(
  deps: Deps,
  userId: number,
  report: Report,
  row: ReportedRow | undefined,
): Promise<CheckedReport> {
  const resultId = Number(report.resultId);
  const refused = (message: string): CheckedReport => ({ status: "refused", resultId, message });
  if (row === undefined) return refused("There is no such result.");
  const base = { status: "good", resultId, workunitId: row.workunit_id, number: row.number } as const;
  // A result of somebody else: the core says so, and nothing of it is examined.
  const isOwn = row.user_id === userId && row.host_id !== null;
  if (isOwn && !equalHex(report.leaseToken, deps.secrets.leaseToken(resultId, row.host_id ?? 0))) {
    return refused("The lease token does not belong to this result.");
  }
  switch (report.kind) {
    case "output": {
      if (!isOwn) return { ...base, said: { kind: "output", digest: report.outputSha256 }, details: {} };
      return checkOutput(deps, await deps.versions.get(row.app_version_id), report, row);
    }
    case "error": {
      const backend = report.backend === undefined ? {} : { backend: report.backend };
      const details = { errorCode: report.code, errorMessage: report.message, ...backend };
      return { ...base, said: { kind: "error" }, details };
    }
    case "aborted":
      return { ...base, said: { kind: "aborted", by: report.by }, details: {} };
    case "returned":
      return { ...base, said: { kind: "returned" }, details: {} };
  }
}

async function checkOutput(
  deps: Deps,
  version: AppVersion,
  report: Extract<Report, { kind: "output" }>,
  row: ReportedRow,
): Promise<CheckedReport> {
  const { outputSha256: digest, timing } = report;
  const base = { status: "good", resultId: row.id, workunitId: row.workunit_id, number: row.number } as const;
  const refused = (message: string): CheckedReport => ({ status: "refused", resultId: row.id, message });
  const inline = report.outputBase64 === undefined ? null : Buffer.from(report.outputBase64, "base64");
  if (inline !== null && createHash("sha256").update(inline).digest("hex") !== digest) {
    return refused("The output does not have the SHA-256 that was reported for it.");
  }
  const details: ReportDetails = {
    elapsedMs: timing.elapsedMs,
    backend: timing.backend,
    ...(timing.deviceClass === undefined ? {} : { deviceClass: timing.deviceClass }),
    ...(inline === null ? {} : { output: inline, outputBytes: inline.byteLength }),
  };
  const good: CheckedReport = { ...base, said: { kind: "output", digest }, details };
  // Said before: how it was stored then is no question any more.
  if (row.output_sha256 === digest) return good;
  const key = outputKey(row.workunit_id, digest);
  if (inline === null && !(await deps.storage.has(key))) {
    return refused(`The output is not here: put it to /api/files/${digest} first, then report again.`);
  }
  const { output: schema, limits } = version.manifest;
  const bytes = inline ?? (await deps.storage.read(key));
  details.outputBytes = bytes.byteLength;
  const malformed = (code: string, reason: Reason): CheckedReport => {
    const { output: _dropped, ...rest } = details;
    return {
      ...base,
      said: { kind: "malformed" },
      details: { ...rest, errorCode: code, errorMessage: storedReason(reason) },
    };
  };
  if (bytes.byteLength > limits.outputBytes) {
    const most = limits.outputBytes;
    return malformed("output_too_large", { code: "output_too_large", bytes: bytes.byteLength, most });
  }
  if (schema.format === "bytes") return good;
  const parsed = parseOutput(schema, bytes);
  return parsed.ok ? good : malformed("output_malformed", { code: "output_malformed", how: parsed.how });
}
