import { csvCell } from "../download/csv-cell.ts";
import type { ResultRow } from "./result-rows.ts";

/** Whether an output is text that may stand in a text file as it is. */
function isText({ schema, output }: ResultRow): boolean {
  return schema.format === "csv" || (schema.format === "bytes" && isUtf8(output));
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Where a result comes from, the same in every format. */
export function provenanceOf(row: ResultRow) {
  const { app, version, kernelSha256, inputSha256, files, outputSha256, acceptedBy, confirmations, backends } = row;
  return { app, version, kernelSha256, inputSha256, files, outputSha256, acceptedBy, confirmations, backends };
}

/** One JSON object per line; in the order in which they came to be there, with where to go on. */
export async function* jsonLines(rows: AsyncIterable<ResultRow>): AsyncGenerator<string> {
  for await (const row of rows) {
    const output = isText(row)
      ? { output: row.output.toString("utf8") }
      : { outputBase64: row.output.toString("base64") };
    yield `${JSON.stringify({
      workunit: row.workunitId,
      name: row.name,
      tags: row.tags,
      batch: row.batchId,
      confirmedAt: new Date(row.confirmedSeconds * 1000).toISOString(),
      ...output,
      provenance: provenanceOf(row),
      ...(row.cursor === null ? {} : { cursor: row.cursor }),
    })}\n`;
  }
}

const CSV_HEADER = [
  "workunit",
  "name",
  "batch",
  "confirmed_at",
  "accepted_by",
  "confirmed_by",
  "app",
  "version",
  "kernel_sha256",
  "input_sha256",
  "output_sha256",
  "output",
  "output_base64",
];

/** How a file of text begins. */
export type Manner = {
  /** It goes on where an earlier file ended: without the header, which that one has. */
  isContinued: boolean;
  /** In the order in which results came to be there: each says where to go on. */
  isAsCompleted: boolean;
};

/**
 * One line per workunit; text stands in `output`, all else in `output_base64`. What a spreadsheet would take for a formula is
 * guarded (csvCell).
 */
export async function* csvLines(
  rows: AsyncIterable<ResultRow>,
  { isContinued, isAsCompleted }: Manner,
): AsyncGenerator<string> {
  if (!isContinued) yield `${[...CSV_HEADER, ...(isAsCompleted ? ["cursor"] : [])].join(",")}\n`;
  for await (const row of rows) {
    const text = isText(row);
    const cells = [
      row.workunitId,
      row.name,
      row.batchId,
      new Date(row.confirmedSeconds * 1000).toISOString(),
      row.acceptedBy,
      row.confirmations,
      row.app,
      row.version,
      row.kernelSha256,
      row.inputSha256,
      row.outputSha256,
      text ? row.output.toString("utf8") : "",
      text ? "" : row.output.toString("base64"),
      ...(isAsCompleted ? [row.cursor ?? ""] : []),
    ];
    yield `${cells.map(csvCell).join(",")}\n`;
  }
}

/** The outputs one after the other; of tables the header comes once. */
export async function* concatenated(
  rows: AsyncIterable<ResultRow>,
  { isContinued }: Pick<Manner, "isContinued">,
): AsyncGenerator<Uint8Array> {
  let isFirst = !isContinued;
  for await (const { output, schema } of rows) {
    if (schema.format !== "csv") yield output;
    else {
      const end = output.indexOf(10);
      const body = isFirst ? output : output.subarray(end === -1 ? output.length : end + 1);
      yield body.length > 0 && body.at(-1) !== 10 ? Buffer.concat([body, Buffer.from("\n")]) : body;
    }
    isFirst = false;
  }
}
