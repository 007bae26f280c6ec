import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { ResultRow } from "./result-rows.ts";

/** A row group is written when it has so many rows or so many bytes of outputs: what is in memory at most. */
const GROUP_ROWS = 1_000;
const GROUP_BYTES = 4 * 1024 * 1024;

const column = (name: string, type: SchemaElement["type"], isText = false): SchemaElement => ({
  name,
  ...(type === undefined ? {} : { type }),
  repetition_type: "REQUIRED",
  ...(isText ? { converted_type: "UTF8" as const } : {}),
});

type Value = (row: ResultRow) => unknown;
const COLUMNS: readonly (readonly [SchemaElement, Value])[] = [
  [column("workunit", "INT64"), (row) => BigInt(row.workunitId)],
  [column("name", "BYTE_ARRAY", true), (row) => row.name],
  [column("tags", "BYTE_ARRAY", true), (row) => JSON.stringify(row.tags)],
  [column("batch", "INT64"), (row) => BigInt(row.batchId)],
  [column("confirmed_seconds", "INT64"), (row) => BigInt(row.confirmedSeconds)],
  [column("accepted_by", "BYTE_ARRAY", true), (row) => row.acceptedBy],
  [column("confirmed_by", "INT32"), (row) => row.confirmations],
  [column("app", "BYTE_ARRAY", true), (row) => row.app],
  [column("version", "BYTE_ARRAY", true), (row) => row.version],
  [column("kernel_sha256", "BYTE_ARRAY", true), (row) => row.kernelSha256],
  [column("input_sha256", "BYTE_ARRAY", true), (row) => row.inputSha256],
  [column("output_sha256", "BYTE_ARRAY", true), (row) => row.outputSha256],
  [column("output", "BYTE_ARRAY"), (row) => Uint8Array.from(row.output)],
];

/** One Parquet file, row group by row group; what is written is given away before the next one is read. */
export async function* parquetFile(rows: AsyncIterable<ResultRow>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: "results", num_children: COLUMNS.length },
    ...COLUMNS.map(([element]) => element),
  ];
  // Outputs are as random as they come; statistics of their bytes would only lengthen the end of the file.
  const parquet = new ParquetWriter({ writer: bytes, schema, createdBy: "quorate", statistics: false });
  let group: ResultRow[] = [];
  let size = 0;
  for await (const row of rows) {
    group.push(row);
    size += row.output.byteLength;
    if (group.length < GROUP_ROWS && size < GROUP_BYTES) continue;
    yield written(parquet, bytes, group);
    group = [];
    size = 0;
  }
  if (group.length > 0) yield written(parquet, bytes, group);
  await parquet.finish();
  yield taken(bytes);
}

function written(parquet: ParquetWriter, bytes: ByteWriter, rows: readonly ResultRow[]): Uint8Array {
  const columnData = COLUMNS.map(([{ name }, value]) => ({ name, data: rows.map(value) as unknown[] }));
  void parquet.write({ columnData: columnData as never, rowGroupSize: rows.length });
  return taken(bytes);
}

/** What was written since, and the writer begins anew in memory but not in the file: `offset` goes on. */
function taken(bytes: ByteWriter): Uint8Array {
  const part = bytes.getBytes().slice();
  bytes.index = 0;
  return part;
}
