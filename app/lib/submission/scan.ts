import { checkForApp, type Takes } from "../../../server/core/submission/check-for-app.ts";
import type { BatchOptions, WorkunitDraft } from "../../../server/core/submission/draft.ts";
import { readSource, type Source } from "../../../server/core/submission/read-source.ts";
import type { Read } from "../../../server/core/submission/reader.ts";
import { BATCH_MAX_DRAFTS } from "../../../server/core/submission/sweep.ts";

/** What is submitted: a source with its text, or files of which each is an input. */
export type Material = { source: Source; text: string | Blob } | { files: readonly File[] };

export type Fault = { line: number; message: string };

export type Scan = {
  workunits: number;
  faults: Fault[];
  nFaults: number;
  examples: WorkunitDraft[];
  /** Operations of one workunit, on average. */
  flopsEach: number;
  /** More than a batch takes: the rest was not read. */
  isTooMuch: boolean;
};

const EXAMPLES = 3;
const FAULTS = 100;
/** Things read before others on the page get a turn. */
const TURN = 500;
/** A workunit goes as one line of at most this length; larger inputs do not fit a part. */
const LINE_MAX_CHARACTERS = 5 * 1024 * 1024;

/** Workunits, or what is wrong, in order, read and checked as the server will. */
export async function* readMaterial(
  material: Material,
  takes: Takes,
  options: BatchOptions,
): AsyncGenerator<Read<WorkunitDraft>> {
  const reads =
    "files" in material
      ? readFiles(material.files, takes.limits.inputBytes)
      : readSource(material.source, takes.input, textOf(material.text));
  let count = 0;
  for await (const read of reads) {
    yield checkForApp(takes, options, read);
    count += 1;
    if (count % TURN === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Reads everything once and tells what it would become; nothing is sent. */
export async function scan(
  material: Material,
  takes: Takes,
  options: BatchOptions,
  onProgress: (read: number) => void,
): Promise<Scan> {
  const found: Scan = { workunits: 0, faults: [], nFaults: 0, examples: [], flopsEach: 0, isTooMuch: false };
  let flops = 0;
  for await (const read of readMaterial(material, takes, options)) {
    if ("fault" in read) {
      found.nFaults += 1;
      if (found.faults.length < FAULTS) found.faults.push({ line: read.line, message: read.fault });
    } else {
      found.workunits += 1;
      flops += read.value.flops ?? options.flops ?? 0;
      if (found.examples.length < EXAMPLES) found.examples.push(read.value);
    }
    const count = found.workunits + found.nFaults;
    if (count > BATCH_MAX_DRAFTS) return { ...found, isTooMuch: true };
    if (count % TURN === 0) onProgress(count);
  }
  return { ...found, flopsEach: found.workunits === 0 ? 0 : flops / found.workunits };
}

async function* textOf(text: string | Blob): AsyncGenerator<string> {
  if (typeof text === "string") {
    yield text;
    return;
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const reader = text.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield decoder.decode(value, { stream: true });
  }
  yield decoder.decode();
}

/** Each file is an input, and its name the workunit's. */
async function* readFiles(files: readonly File[], mostBytes: number): AsyncGenerator<Read<WorkunitDraft>> {
  const room = Math.floor((LINE_MAX_CHARACTERS / 4) * 3);
  for (const [index, file] of files.entries()) {
    const line = index + 1;
    const most = Math.min(mostBytes, room);
    if (file.size > most) {
      yield { line, fault: `${file.name} has ${file.size} bytes; at most ${most} can be sent from a browser` };
      continue;
    }
    yield { line, value: { line, name: file.name.slice(0, 200), inputBase64: await base64Of(file) } };
  }
}

const CHUNK = 0x8000;

async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}
