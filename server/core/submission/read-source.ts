import * as z from "zod";
import { FILE_MAX_BYTES } from "../limits.ts";
import type { InputSchema } from "../wire/kernel-manifest.ts";
import { CsvReader } from "./csv.ts";
import type { WorkunitDraft } from "./draft.ts";
import { JsonLinesReader } from "./json-lines.ts";
import type { Read, Reader } from "./reader.ts";
import { FastaReader, FastqReader, type SequenceRecord } from "./sequences.ts";
import { sweepRows, sweepSchema } from "./sweep.ts";
import { jsonToDraft, rowMappingSchema, rowToDraft, sequencesToDraft } from "./to-draft.ts";

/** What is sent, and how it becomes workunits. */
export const sourceSchema = z.discriminatedUnion("format", [
  z.strictObject({ format: z.literal("csv"), mapping: rowMappingSchema.prefault({}) }),
  z.strictObject({ format: z.literal("jsonl"), mapping: rowMappingSchema.prefault({}) }),
  z.strictObject({
    format: z.enum(["fasta", "fastq"]),
    /** Sequences of one workunit. */
    perWorkunit: z.int().min(1).max(100_000).default(100),
    /** What stands before the sequences in each input. */
    head: z.string().max(10_000).default(""),
  }),
  /** Nothing is sent: the parameters say it all. */
  z.strictObject({ format: z.literal("sweep"), sweep: sweepSchema, mapping: rowMappingSchema.prefault({}) }),
]);
export type Source = z.output<typeof sourceSchema>;

/**
 * Drafts, or what is wrong, in the order of the source, read as it arrives: the same on the server and in a submitter's browser.
 * A sweep must have been found without problems.
 */
export async function* readSource(
  source: Source,
  schema: InputSchema | undefined,
  text: AsyncIterable<string>,
): AsyncGenerator<Read<WorkunitDraft>> {
  let number = 0;
  const next = () => {
    number += 1;
    return number;
  };
  switch (source.format) {
    case "csv":
      for await (const read of readAll(new CsvReader(), text)) yield rowToDraft(read, next(), source.mapping, schema);
      return;
    case "jsonl":
      for await (const read of readAll(new JsonLinesReader(), text))
        yield jsonToDraft(read, next(), source.mapping, schema);
      return;
    case "sweep":
      for (const value of sweepRows(source.sweep)) {
        yield rowToDraft({ line: next(), value }, number, source.mapping, schema);
      }
      return;
    case "fasta":
    case "fastq": {
      let records: { line: number; value: SequenceRecord }[] = [];
      let characters = 0;
      for await (const read of readAll(source.format === "fasta" ? new FastaReader() : new FastqReader(), text)) {
        if ("fault" in read) yield read;
        else {
          records.push(read);
          characters += read.value.text.length;
        }
        const [first] = records;
        if (first !== undefined && characters > FILE_MAX_BYTES) {
          yield { line: first.line, fault: "the sequences of one workunit are longer than 64 MiB together" };
        } else if (records.length < source.perWorkunit) continue;
        else yield sequencesToDraft(records, next(), source.head);
        [records, characters] = [[], 0];
      }
      if (records.length > 0) yield sequencesToDraft(records, next(), source.head);
    }
  }
}

async function* readAll<T>(reader: Reader<T>, text: AsyncIterable<string>): AsyncGenerator<Read<T>> {
  for await (const piece of text) yield* reader.push(piece);
  yield* reader.end();
}
