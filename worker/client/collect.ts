import type { OutputSchema } from "../../server/core/wire/kernel-manifest.ts";
import { decodeOutput, type ResultLine } from "./outputs.ts";
import type { AnyOutput, BatchProgress, CollectOptions, Ended } from "./types.ts";
import { QuorateError, type Wire, wait } from "./wire.ts";

/** Ended workunits of a batch, while it runs and after; nothing is asked for before the last one was taken. */

const EVERY_MS = 2_000;
/** Workunits asked for at once. */
const PAGE = 200;

type Listed = {
  workunitId: number;
  name: string;
  state: "open" | "completed" | "failed";
  /** Absent before the site told it. */
  recalledSeconds?: number | null;
  errors: string[];
  tags?: Tags;
};
type Tags = Record<string, string | number | boolean>;
type Source = { wire: Wire; batchId: number; schema: OutputSchema };

const known = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** In the order of the inputs: waits for the next one, however many after it are there. */
export async function* collectInOrder(source: Source, options: CollectOptions): AsyncGenerator<Ended> {
  const { signal, everyMs = EVERY_MS } = options;
  const breaks = new Breaks();
  let after = options.after ?? 0;
  for (;;) {
    try {
      const isSettled = await isOver(source, signal);
      for await (const ended of inOrderFrom(source, { after, signal, isSettled })) {
        after = ended.workunitId;
        breaks.forget();
        yield ended;
      }
      const left = await list(source, { afterId: after, limit: 1 }, signal);
      breaks.forget();
      if (left.length === 0 && isSettled) return;
      if (left.length > 0 && left[0]?.state !== "open" && isSettled) continue;
    } catch (error) {
      await breaks.rest(error, signal);
      continue;
    }
    await wait(everyMs, signal);
  }
}

/** Rests after breaks without anything told between them: each twice as long as the one before. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/**
 * A connection that breaks - somebody restarts the site, or it was given up because nothing was taken of it for minutes - is no more
 * than a reason to ask again from where it stopped, for as long as it takes. A refusal is the same tomorrow.
 */
class Breaks {
  #restMs = FIRST_REST_MS;

  forget(): void {
    this.#restMs = FIRST_REST_MS;
  }

  /** @throws what it was given, when asking again is no use. */
  async rest(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (!mayPass(error)) throw error;
    await wait(this.#restMs, signal);
    this.#restMs = Math.min(LONGEST_REST_MS, this.#restMs * 2);
  }
}

/** All but refusals: a site without its database fails at everything until that is back. */
function mayPass(error: unknown): boolean {
  return error instanceof QuorateError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/** What can be said now, up to the first workunit that has not ended or whose result may yet come. */
async function* inOrderFrom(
  source: Source,
  { after, signal, isSettled }: { after: number; signal: AbortSignal | undefined; isSettled: boolean },
): AsyncGenerator<Ended> {
  let page: Listed[] = [];
  let last = after;
  const next = async (): Promise<Listed | undefined> => {
    if (page.length === 0) page = await list(source, { afterId: last, limit: PAGE }, signal);
    return page[0];
  };
  const take = (one: Listed) => {
    last = one.workunitId;
    page.shift();
  };
  for await (const line of resultLines(source, { after }, signal)) {
    for (let one = await next(); one !== undefined && one.workunitId < line.workunit; one = await next()) {
      const said = withoutResult(one, isSettled);
      if (said === null) return;
      take(one);
      yield said;
    }
    const one = await next();
    if (one?.workunitId === line.workunit) take(one);
    yield withResult(line, source.schema);
  }
  for (let one = await next(); one !== undefined; one = await next()) {
    const said = withoutResult(one, isSettled);
    if (said === null) return;
    take(one);
    yield said;
  }
}

function withResult(line: ResultLine, schema: OutputSchema): Ended {
  const { workunit, name, tags, confirmedAt, provenance, cursor } = line;
  const output: AnyOutput = decodeOutput(line, schema);
  return {
    state: "completed",
    index: known(tags["index"]),
    workunitId: workunit,
    name,
    output,
    tags,
    confirmedAt,
    provenance,
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** Null: it has not ended, or its result is still on its way. */
function withoutResult(listed: Listed, isSettled: boolean): Ended | null {
  const { workunitId, name, state, errors, tags, recalledSeconds } = listed;
  const about = { state: "failed" as const, index: known(tags?.["index"]), workunitId, name };
  if (state === "failed") return { ...about, errors };
  if (typeof recalledSeconds === "number") return { ...about, errors: ["recalled"] };
  return state === "completed" && isSettled ? { ...about, errors: ["not_available"] } : null;
}

/**
 * As they are confirmed, each look going on where the one before ended; what the site tells again is left out. The numbers of
 * those that were said are remembered, nothing else.
 */
export async function* collectAsCompleted(source: Source, options: CollectOptions): AsyncGenerator<Ended> {
  const { signal, everyMs = EVERY_MS } = options;
  const said = new Set<number>();
  const breaks = new Breaks();
  let { cursor } = options;
  const isNew = ({ workunitId }: Pick<Ended, "workunitId">): boolean => {
    breaks.forget();
    return said.size < said.add(workunitId).size;
  };
  for (;;) {
    try {
      const isSettled = await isOver(source, signal);
      const query = { order: "completed", ...(cursor === undefined ? {} : { cursor }) };
      for await (const line of resultLines(source, query, signal)) {
        ({ cursor } = line);
        if (isNew({ workunitId: line.workunit })) yield withResult(line, source.schema);
      }
      for await (const one of listAll(source, "failed", signal)) {
        const ended = said.has(one.workunitId) ? null : withoutResult(one, isSettled);
        if (ended !== null && isNew(ended)) yield ended;
      }
      // Who began in the middle has been told of the others before.
      if (isSettled && options.cursor === undefined) {
        for await (const ended of theUnsaid(source, said, signal)) if (isNew(ended)) yield ended;
      }
      breaks.forget();
      if (isSettled) return;
    } catch (error) {
      await breaks.rest(error, signal);
      continue;
    }
    await wait(everyMs, signal);
  }
}

/** What has ended and was never told of: most often nothing; else its outputs are gone, or came too late for the last look. */
async function* theUnsaid(source: Source, said: Set<number>, signal: AbortSignal | undefined): AsyncGenerator<Ended> {
  let first: number | undefined;
  for await (const one of listAll(source, "completed", signal)) {
    if (said.has(one.workunitId)) continue;
    first = one.workunitId;
    break;
  }
  if (first === undefined) return;
  for await (const ended of inOrderFrom(source, { after: first - 1, signal, isSettled: true })) {
    if (!said.has(ended.workunitId)) yield ended;
  }
}

/** Nothing of the batch can change any more: every workunit has ended and nobody computes one. */
async function isOver({ wire, batchId }: Source, signal: AbortSignal | undefined): Promise<boolean> {
  const batch = (await wire.query("batch.get", { batchId }, signal)) as BatchProgress;
  if (batch.state === "draft" || batch.state === "creating") return false;
  if (batch.completed + batch.failed < batch.workunits) return false;
  const { inProgress } = (await wire.query("batch.details", { batchId }, signal)) as { inProgress: number };
  return inProgress === 0;
}

async function list({ wire, batchId }: Source, query: object, signal: AbortSignal | undefined): Promise<Listed[]> {
  return (await wire.query("batch.workunits", { batchId, ...query }, signal)) as Listed[];
}

async function* listAll(
  source: Source,
  state: "failed" | "completed",
  signal: AbortSignal | undefined,
): AsyncGenerator<Listed> {
  for (let afterId = 0; ; ) {
    const page = await list(source, { state, afterId, limit: PAGE }, signal);
    yield* page;
    if (page.length < PAGE) return;
    afterId = page.at(-1)?.workunitId ?? afterId;
  }
}

/** Lines of results.jsonl, read no faster than they are taken; leaving the loop closes the connection. */
export async function* resultLines(
  { wire, batchId }: Pick<Source, "wire" | "batchId">,
  query: Record<string, number | string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ResultLine> {
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const response = await wire.request(`/api/batches/${batchId}/results.jsonl?${search}`, signal ? { signal } : {});
  for await (const line of linesOf(response)) yield JSON.parse(line) as ResultLine;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await readOrExplain(reader);
      text += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield line;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function readOrExplain(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    if (cause instanceof Error && cause.name === "AbortError") throw cause;
    const about = { code: "unreachable", status: 0, cause };
    throw new QuorateError("The connection broke while results were read; ask again from where it stopped.", about);
  }
}
