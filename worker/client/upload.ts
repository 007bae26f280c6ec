import { PART_MAX_DRAFTS } from "../../server/core/submission/draft.ts";
import { base64Of } from "./outputs.ts";
import type { AnyInput, Draft, LineFault, ReadDraft, SubmitOptions, Submitted } from "./types.ts";
import { QuorateError, type Wire } from "./wire.ts";

/** A part is sent when it holds so many characters, if not so many workunits before. */
const PART_CHARACTERS = 2 * 1024 * 1024;
/** Bad lines that are named; the others are counted. */
const FAULTS_TOLD = 20;

/** Operations of one workunit where nobody says how many: credit is computed from it, so a good estimate is fairer. */
const FLOPS = 1e9;

export type Inputs<I> = Iterable<I> | AsyncIterable<I>;
type Opened = { batchId: number; state: string; isNew: boolean; parts: number[] };
type Finished = { batchId: number; workunits: number; faults: LineFault[]; nFaults: number };

/**
 * Submits workunits part by part: only one part is in memory, and the next is taken when the one before is stored. With a key that
 * was used before nothing is sent twice: an upload that broke off goes on where it stopped.
 * @throws {QuorateError} `bad_request` naming the bad lines, with nothing created, unless `onBad` is "skip".
 */
export async function upload(
  wire: Wire,
  appVersionId: number,
  reads: Inputs<ReadDraft>,
  options: SubmitOptions,
): Promise<Submitted> {
  const {
    key = crypto.randomUUID(),
    name = key,
    signal,
    onUpload,
    onBad,
    stopAbove,
    notifyMail,
    harm,
    ...rest
  } = options;
  const choice = harm === undefined ? {} : await choiceFor(wire, appVersionId, harm);
  const parameters = { ...choice.parameters, ...rest.parameters };
  const open = {
    ...{ appVersionId, name, key, options: { flops: FLOPS, ...rest, ...choice, parameters } },
    ...(onBad && { onBad }),
    ...(stopAbove !== undefined && { stopAbove }),
    ...(notifyMail !== undefined && { notifyMail }),
  };
  const opened = (await wire.mutate("batch.open", open, signal)) as Opened;
  const { batchId, isNew } = opened;
  const here = new Set(opened.parts);
  const bad: LineFault[] = [];
  let [number, sent, nBad] = [0, 0, 0];
  if (opened.state === "draft") {
    for await (const { text, count, faults } of partsOf(reads)) {
      nBad += faults.length;
      bad.push(...faults.slice(0, FAULTS_TOLD - bad.length));
      // What is refused as a whole need not be sent; it is read on, so that everything bad is told at once.
      if ((nBad > 0 && onBad !== "skip") || count === 0) continue;
      const headers = { "content-type": "application/jsonl" };
      const request = { method: "PUT", headers, body: text, ...(signal && { signal }) };
      if (!here.has(number)) await wire.request(`/api/batches/${batchId}/parts/${number}`, request);
      [number, sent] = [number + 1, sent + count];
      onUpload?.(sent);
    }
  }
  if (nBad > 0 && onBad !== "skip") {
    // Corrected, the same key may be used again.
    await wire.mutate("batch.discard", { batchId }, signal);
    throw badLines(bad, nBad);
  }
  const finish = { batchId, parts: Math.max(1, number) };
  const finishing = wire.mutate("batch.finish", finish, signal).catch(async (error: unknown) => {
    // What the site found wrong may be corrected and sent under the same key, too.
    const isRefused = error instanceof QuorateError && error.code === "bad_request";
    if (isRefused && opened.state === "draft") await wire.mutate("batch.discard", { batchId }).catch(() => undefined);
    throw error;
  });
  const { workunits, faults } = (await finishing) as Finished;
  return { batchId, key, isNew, workunits, faults: [...bad, ...faults] };
}

function badLines(bad: readonly LineFault[], count: number): QuorateError {
  const listed = bad.slice(0, 10).map(({ line, message }) => `line ${line}: ${message}`);
  const more = count > listed.length ? ` (and ${count - listed.length} more)` : "";
  return new QuorateError(`Nothing was created. ${listed.join("; ")}${more}.`, { code: "bad_request", status: 400 });
}

type Choice = {
  harm: string;
  policy?: Readonly<Record<string, unknown>>;
  parameters?: Record<string, string | number>;
};

async function choiceFor(
  wire: Wire,
  appVersionId: number,
  harm: string,
): Promise<Pick<Choice, "policy" | "parameters">> {
  const choices = (await wire.query("batch.choices", { appVersionId })) as Choice[];
  const chosen = choices.find((choice) => choice.harm === harm);
  if (chosen?.policy === undefined) {
    const message = `There is no harm "${harm}"; use ${choices.map((choice) => choice.harm).join(", ")}.`;
    throw new QuorateError(message, { code: "bad_request", status: 400 });
  }
  return { policy: chosen.policy, parameters: chosen.parameters ?? {} };
}

type Part = { text: string; count: number; faults: LineFault[] };

async function* partsOf(reads: Inputs<ReadDraft>): AsyncGenerator<Part> {
  let part: Part = { text: "", count: 0, faults: [] };
  for await (const read of reads) {
    if ("fault" in read) part.faults.push({ line: read.line, message: read.fault });
    else {
      part.text += `${JSON.stringify(read.value)}\n`;
      part.count += 1;
    }
    if (part.count < PART_MAX_DRAFTS && part.text.length < PART_CHARACTERS && part.faults.length < FAULTS_TOLD)
      continue;
    yield part;
    part = { text: "", count: 0, faults: [] };
  }
  if (part.count + part.faults.length > 0) yield part;
}

/** Inputs as workunits. A tag says where each stood, by which results that come as they are confirmed are told apart. */
export async function* draftsOf(inputs: Inputs<AnyInput>): AsyncGenerator<ReadDraft> {
  let index = 0;
  for await (const input of inputs) {
    yield { line: index, value: { line: index, name: String(index), tags: { index }, ...inputOf(input) } };
    index += 1;
  }
}

function inputOf(input: AnyInput): Pick<Draft, "input" | "inputBase64"> {
  if (typeof input === "string") return { input };
  if (input instanceof Uint8Array) return { inputBase64: base64Of(input) };
  return {
    input: Object.entries(input)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  };
}
