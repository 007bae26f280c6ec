import {
  PART_MAX_BYTES,
  PART_MAX_DRAFTS,
  PART_TEXT_CHARACTERS,
  type WorkunitDraft,
} from "../../../server/core/submission/draft.ts";
import type { Read } from "../../../server/core/submission/reader.ts";

/** A call to a plain route that was refused, in the shape in which pages tell refusals. */
export class SendError extends Error {
  override name = "SendError";
  readonly data: { refusal: string } | null;

  /** @param code null: the server was not reached. */
  constructor(message: string, code: string | null) {
    super(message);
    this.data = code === null ? null : { refusal: code };
  }
}

type Sending = {
  batchId: number;
  /** Parts that the server has already. */
  have: ReadonlySet<number>;
  reads: AsyncIterable<Read<WorkunitDraft>>;
  onProgress(workunits: number): void;
};

/**
 * Sends workunits part by part, only those that are missing; the bad ones are left out. The same material gives the same
 * parts, so that what broke off can go on. @returns how many parts there are. @throws {SendError}
 */
export async function sendParts({ batchId, have, reads, onProgress }: Sending): Promise<number> {
  let [number, workunits] = [0, 0];
  for await (const lines of partsOf(reads)) {
    if (!have.has(number)) await put(`/api/batches/${batchId}/parts/${number}`, lines.join(""));
    number += 1;
    workunits += lines.length;
    onProgress(workunits);
  }
  return number;
}

async function* partsOf(reads: AsyncIterable<Read<WorkunitDraft>>): AsyncGenerator<string[]> {
  const encoder = new TextEncoder();
  let [lines, bytes]: [string[], number] = [[], 0];
  for await (const read of reads) {
    if ("fault" in read) continue;
    const line = `${JSON.stringify(read.value)}\n`;
    const size = encoder.encode(line).byteLength;
    if (lines.length > 0 && bytes + size > PART_MAX_BYTES) {
      yield lines;
      [lines, bytes] = [[], 0];
    }
    lines.push(line);
    bytes += size;
    if (lines.length < PART_MAX_DRAFTS && bytes < PART_TEXT_CHARACTERS) continue;
    yield lines;
    [lines, bytes] = [[], 0];
  }
  if (lines.length > 0) yield lines;
}

/** Waits before the second, third... try, in milliseconds: a network that comes back is nothing to tell anybody of. */
const WAITS_MS = [500, 2_000, 5_000, 10_000];

/** @throws {SendError} */
export async function put(path: string, body: string | Blob): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(path, { method: "PUT", body }).catch(() => null);
    if (answer?.ok) return;
    if (answer !== null && answer.status < 500) throw await refusalOf(answer);
    const wait = WAITS_MS[attempt];
    if (wait === undefined) throw new SendError("", null);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function refusalOf(answer: Response): Promise<SendError> {
  const said = (await answer.json().catch(() => null)) as { code?: unknown; message?: unknown } | null;
  const { code, message } = said ?? {};
  return new SendError(typeof message === "string" ? message : "", typeof code === "string" ? code : "");
}
