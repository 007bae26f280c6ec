import type * as z from "zod";
import type { AppVersion } from "../app-version/app-versions.ts";
import {
  type BatchOptions,
  batchOptionsSchema,
  PART_MAX_DRAFTS,
  PART_TEXT_CHARACTERS,
  type WorkunitDraft,
} from "../core/submission/draft.ts";
import { readSource, type Source, sourceSchema } from "../core/submission/read-source.ts";
import type { Read } from "../core/submission/reader.ts";
import { BATCH_MAX_DRAFTS, sweepProblems } from "../core/submission/sweep.ts";
import type { Deps } from "../deps.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { isCreated } from "./create-batch.ts";
import { type Finished, finishBatch, type OpenBatch, openBatch, versionFor, withdrawParts } from "./draft-batch.ts";
import { checkAgainst, storePart } from "./store-part.ts";

export type Submission = { open: OpenBatch; source: z.input<typeof sourceSchema>; createdBy: number | null };

/**
 * Submits what arrives as a stream: read, checked and stored part by part, so that memory stays flat, and created at the end.
 * A stream that breaks off leaves a draft; the same sent again under the same key goes on where it stopped. What is refused leaves
 * nothing of its own, so that it may be corrected and sent under the same key; what others sent under that key stays.
 * @throws {Refusal} naming the bad lines, unless only the good ones were asked for.
 */
export async function submitStream(
  deps: Deps,
  { open, source: wanted, createdBy }: Submission,
  bytes: AsyncIterable<Uint8Array>,
  nowSeconds: number,
): Promise<Finished & { isNew: boolean }> {
  const source = parseOrRefuse(sourceSchema, wanted, "The source");
  const { batchId, state, isNew } = await openBatch(deps, { input: open, createdBy }, nowSeconds);
  if (state !== "draft") return { ...(await finishBatch(deps, { batchId, parts: 0 }, nowSeconds)), isNew };
  const version = await versionFor(deps, open.appVersionId);
  const options = batchOptionsSchema.parse(open.options ?? {});
  const mine: number[] = [];
  try {
    const reads = draftsOf(source, version, options, textOf(bytes));
    const parts = await storeParts(deps, { batchId, reads, mine }, nowSeconds);
    return { ...(await finishBatch(deps, { batchId, parts }, nowSeconds)), isNew };
  } catch (error) {
    const isRefused = error instanceof Refusal && (error.code === "bad_request" || error.code === "too_large");
    if (isRefused) await withdrawParts(deps, { batchId, numbers: mine, isNew });
    throw error;
  }
}

type Parts = {
  batchId: number;
  reads: AsyncIterable<Read<WorkunitDraft>>;
  /** Gets the numbers of those that were not here before. */
  mine: number[];
};

/** @returns how many; 0 where the same was sent twice at once and the other was complete first. */
async function storeParts(deps: Deps, { batchId, reads, mine }: Parts, nowSeconds: number): Promise<number> {
  let parts = 0;
  for await (const part of partsOf(reads)) {
    try {
      const { isNew } = await storePart(deps, { batchId, number: parts, reads: part }, nowSeconds);
      if (isNew) mine.push(parts);
    } catch (error) {
      if ((await isCreated(deps, batchId)).state === "draft") throw error;
      return 0;
    }
    parts += 1;
  }
  return parts;
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
  if (source.format === "sweep") {
    const problems = sweepProblems(source.sweep);
    const told = problems.map(({ axis, message }) => `${axis || "The sweep"}: ${message}.`).join(" ");
    if (problems.length > 0) throw new Refusal("bad_request", told);
  }
  let count = 0;
  for await (const read of readSource(source, version.manifest.input, text)) {
    count += 1;
    if (count > BATCH_MAX_DRAFTS)
      throw new Refusal("too_large", `A batch takes ${BATCH_MAX_DRAFTS} workunits; send several.`);
    yield checkAgainst(version, options, read);
  }
}

async function* partsOf(reads: AsyncIterable<Read<WorkunitDraft>>): AsyncGenerator<Read<WorkunitDraft>[]> {
  let part: Read<WorkunitDraft>[] = [];
  let characters = 0;
  for await (const read of reads) {
    part.push(read);
    if ("value" in read) characters += (read.value.input ?? read.value.inputBase64 ?? "").length;
    if (part.length < PART_MAX_DRAFTS && characters < PART_TEXT_CHARACTERS) continue;
    yield part;
    part = [];
    characters = 0;
  }
  if (part.length > 0) yield part;
}
