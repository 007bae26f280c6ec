import * as z from "zod";
import type { AppVersion } from "../app-version/app-versions.ts";
import { CsvReader } from "../core/submission/csv.ts";
import {
  type BatchOptions,
  batchOptionsSchema,
  PART_MAX_DRAFTS,
  type WorkunitDraft,
} from "../core/submission/draft.ts";
import { JsonLinesReader } from "../core/submission/json-lines.ts";
import type { Read, Reader } from "../core/submission/reader.ts";
import { FastaReader, FastqReader, type SequenceRecord } from "../core/submission/sequences.ts";
import { BATCH_MAX_DRAFTS, sweepProblems, sweepRows, sweepSchema } from "../core/submission/sweep.ts";
import { jsonToDraft, rowMappingSchema, rowToDraft, sequencesToDraft } from "../core/submission/to-draft.ts";
import type { Deps } from "../deps.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { type Finished, finishBatch, type OpenBatch, openBatch, versionFor } from "./draft-batch.ts";
import { checkAgainst, storePart } from "./store-part.ts";

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

/** A part is stored when it holds so many characters of inputs, if not so many drafts before. */
const PART_CHARACTERS = 2 * 1024 * 1024;

export type Submission = { open: OpenBatch; source: z.input<typeof sourceSchema>; createdBy: number | null };

/**
 * Submits what arrives as a stream: read, checked and stored part by part, so that memory stays flat, and created at the end.
 * A stream that breaks off leaves a draft; the same sent again under the same key goes on where it stopped.
 * @throws {Refusal} naming the bad lines, unless only the good ones were asked for.
 */
export async function submitStream(
  deps: Deps,
  { open, source: wanted, createdBy }: Submission,
  bytes: AsyncIterable<Uint8Array>,
  nowSeconds: number,
): Promise<Finished & { isNew: boolean }> {
  const source = parseOrRefuse(sourceSchema, wanted, "The source");
  const opened = await openBatch(deps, { input: open, createdBy }, nowSeconds);
  const { batchId, state, isNew } = opened;
  if (state !== "draft") {
    const finished = await finishBatch(deps, { batchId, parts: 0 }, nowSeconds);
    return { ...finished, isNew };
  }
  const version = await versionFor(deps, open.appVersionId);
  const options = batchOptionsSchema.parse(open.options ?? {});
  let parts = 0;
  for await (const reads of partsOf(draftsOf(source, version, options, textOf(bytes)))) {
    await storePart(deps, { batchId, number: parts, reads }, nowSeconds);
    parts += 1;
  }
  return { ...(await finishBatch(deps, { batchId, parts }, nowSeconds)), isNew };
}

async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal("bad_request", "What was sent is not UTF-8 text.");
    throw error;
  }
}

/** Drafts, or what is wrong, in the order of the source; refused beyond what a batch takes. */
export async function* draftsOf(
  source: Source,
  version: AppVersion,
  options: BatchOptions,
  text: AsyncIterable<string>,
): AsyncGenerator<Read<WorkunitDraft>> {
  let count = 0;
  for await (const read of readSource(source, version, text)) {
    count += 1;
    if (count > BATCH_MAX_DRAFTS)
      throw new Refusal("too_large", `A batch takes ${BATCH_MAX_DRAFTS} workunits; send several.`);
    yield checkAgainst(version, options, read);
  }
}

async function* readSource(
  source: Source,
  version: AppVersion,
  text: AsyncIterable<string>,
): AsyncGenerator<Read<WorkunitDraft>> {
  const schema = version.manifest.input;
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
    case "sweep": {
      const problems = sweepProblems(source.sweep);
      if (problems.length > 0)
        throw new Refusal(
          "bad_request",
          problems.map(({ axis, message }) => `${axis || "The sweep"}: ${message}.`).join(" "),
        );
      for (const value of sweepRows(source.sweep)) {
        yield rowToDraft({ line: next(), value }, number, source.mapping, schema);
      }
      return;
    }
    case "fasta":
    case "fastq": {
      let records: { line: number; value: SequenceRecord }[] = [];
      for await (const read of readAll(source.format === "fasta" ? new FastaReader() : new FastqReader(), text)) {
        if ("fault" in read) yield read;
        else records.push(read);
        if (records.length < source.perWorkunit) continue;
        yield sequencesToDraft(records, next(), source.head);
        records = [];
      }
      if (records.length > 0) yield sequencesToDraft(records, next(), source.head);
    }
  }
}

async function* readAll<T>(reader: Reader<T>, text: AsyncIterable<string>): AsyncGenerator<Read<T>> {
  for await (const piece of text) yield* reader.push(piece);
  yield* reader.end();
}

async function* partsOf(reads: AsyncIterable<Read<WorkunitDraft>>): AsyncGenerator<Read<WorkunitDraft>[]> {
  let part: Read<WorkunitDraft>[] = [];
  let characters = 0;
  for await (const read of reads) {
    part.push(read);
    if ("value" in read) characters += (read.value.input ?? read.value.inputBase64 ?? "").length;
    if (part.length < PART_MAX_DRAFTS && characters < PART_CHARACTERS) continue;
    yield part;
    part = [];
    characters = 0;
  }
  if (part.length > 0) yield part;
}
