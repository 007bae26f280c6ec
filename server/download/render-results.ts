import type { OutputSchema } from "../core/wire/kernel-manifest.ts";
import { csvCell } from "./csv-cell.ts";

/** One confirmed output on its way into a download. */
export interface DownloadRow {
  workunitId: number;
  name: string;
  endedSeconds: number;
  confirmations: number;
  outputSha256: string;
  output: Buffer;
}

/** A text format: what comes first, what each row adds, what comes last. */
export interface Rendering {
  contentType: string;
  head: string;
  row(row: DownloadRow, isFirst: boolean): string;
  tail: string;
}

/**
 * CSV: outputs that are tables themselves give one line per line of theirs, with the workunit in front; all others give
 * one line each with the bytes in base64.
 */
export function csvRendering(schema: OutputSchema): Rendering {
  const contentType = "text/csv; charset=utf-8";
  if (schema.format === "csv") {
    return {
      contentType,
      head: `workunit,name,${schema.columns.map((column) => csvCell(column.name)).join(",")}\n`,
      row: (row) => {
        const prefix = `${row.workunitId},${csvCell(row.name)}`;
        const lines = row.output.toString("utf8").split("\n").slice(1);
        return lines
          .filter((line) => line !== "")
          .map((line) => `${prefix},${line.split(",").map(csvCell).join(",")}\n`)
          .join("");
      },
      tail: "",
    };
  }
  return {
    contentType,
    head: "workunit,name,confirmed_at,confirmed_by,output_sha256,output_base64\n",
    row: (row) =>
      `${[row.workunitId, row.name, new Date(row.endedSeconds * 1000).toISOString(), row.confirmations, row.outputSha256, row.output.toString("base64")].map(csvCell).join(",")}\n`,
    tail: "",
  };
}

/** JSON: one array of objects; outputs that are text stay text, all others are base64. */
export function jsonRendering(schema: OutputSchema): Rendering {
  return {
    contentType: "application/json; charset=utf-8",
    head: "[",
    row: (row, isFirst) =>
      `${isFirst ? "\n" : ",\n"}${JSON.stringify({
        workunit: row.workunitId,
        name: row.name,
        confirmedAt: new Date(row.endedSeconds * 1000).toISOString(),
        confirmedBy: row.confirmations,
        outputSha256: row.outputSha256,
        ...(schema.format === "csv"
          ? { output: row.output.toString("utf8") }
          : { outputBase64: row.output.toString("base64") }),
      })}`,
    tail: "\n]\n",
  };
}
