import { setTimeout as delay } from "node:timers/promises";
import type { Member } from "../support/create-member.ts";
import type { Look } from "./server-memory.ts";

/** A scientist with a program of their own: submits and downloads over plain HTTP, a piece at a time. */
export interface Scientist {
  /** One batch of so many workunits, sent as one stream. @returns its id. */
  submit(batch: Submission, look?: Look): Promise<number>;
  /** A download, thrown away as it comes. @returns its bytes. */
  download(batchId: number, ending: string, look?: Look): Promise<number>;
}

export type Submission = { appVersionId: number; key: string; workunits: number; inputBytes: number };

export function openScientist(url: string, { headers }: Member): Scientist {
  return {
    async submit(batch, look) {
      const { appVersionId, key, workunits } = batch;
      const search = new URLSearchParams({ name: key, key, format: "jsonl", flops: "1e9" });
      const state = { isSent: false, isAnswered: false };
      const answer = fetch(`${url}/api/versions/${appVersionId}/batches?${search}`, {
        method: "POST",
        headers,
        // Node's fetch takes what is made as it is sent; the types are of browsers.
        body: linesOf(batch, state, look) as unknown as BodyInit,
        duplex: "half",
      } as RequestInit).finally(() => {
        state.isAnswered = true;
      });
      // It is awaited below; until then its failure is nobody's.
      answer.catch(() => undefined);
      // The workunits are made when everything was sent.
      while (look !== undefined && !state.isAnswered) {
        if (state.isSent) await look();
        await delay(state.isSent ? LOOKS_EVERY_MS : 10);
      }
      const response = await answer;
      const said = (await response.json()) as { batchId: number; workunits: number; message?: string };
      if (response.status !== 201 || said.workunits !== workunits) throw new Error(`not submitted: ${said.message}`);
      return said.batchId;
    },
    async download(batchId, ending, look) {
      const response = await fetch(`${url}/api/batches/${batchId}/results.${ending}`, { headers });
      if (response.status !== 200 || response.body === null) throw new Error(`download: status ${response.status}`);
      let bytes = 0;
      let nextLook = FIRST_LOOK_BYTES;
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        bytes += chunk.length;
        if (look === undefined || bytes < nextLook) continue;
        await look();
        nextLook = bytes + LOOKS_EVERY_BYTES;
      }
      return bytes;
    },
  };
}

const LINES_AT_ONCE = 200;
/** Where memory is looked at: what a whole download or upload keeps shows at any of them. */
const FIRST_LOOK_BYTES = 256 * 1024;
const LOOKS_EVERY_BYTES = 4 * 1024 * 1024;
const LOOKS_EVERY_MS = 300;

async function* linesOf(
  { workunits, inputBytes }: Submission,
  state: { isSent: boolean },
  look?: Look,
): AsyncGenerator<Uint8Array> {
  const filling = "x".repeat(inputBytes);
  let unseen = 0;
  for (let from = 0; from < workunits; from += LINES_AT_ONCE) {
    let text = "";
    for (let index = from; index < Math.min(workunits, from + LINES_AT_ONCE); index += 1) {
      const input = `${index} ${filling}`.slice(0, Math.max(inputBytes, String(index).length));
      text += `${JSON.stringify({ name: `w${index}`, input, tags: { index } })}\n`;
    }
    yield Buffer.from(text);
    // What is kept in the first half is kept in the second, too.
    unseen += text.length;
    if (look === undefined || from < workunits / 2 || unseen < LOOKS_EVERY_BYTES) continue;
    await look();
    unseen = 0;
  }
  state.isSent = true;
}

/** How long another visitor waits at most for the smallest answer while `work` runs, in milliseconds. */
export async function slowestAnswer<T>(url: string, work: () => Promise<T>): Promise<{ result: T; slowestMs: number }> {
  const state = { isOver: false, slowestMs: 0 };
  const visitor = async () => {
    while (!state.isOver) {
      const began = performance.now();
      const response = await fetch(`${url}/api/health`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`health: status ${response.status}`);
      state.slowestMs = Math.max(state.slowestMs, performance.now() - began);
      await delay(VISITS_EVERY_MS);
    }
  };
  const visits = visitor();
  // It is awaited below; until then its failure is nobody's.
  visits.catch(() => undefined);
  const result = await work().finally(() => {
    state.isOver = true;
  });
  await visits;
  return { result, slowestMs: state.slowestMs };
}

const VISITS_EVERY_MS = 50;
