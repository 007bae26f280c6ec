import { describe, expect, test, vi } from "vitest";
import { createClient } from "../../../worker/client/client.ts";
import { decodeOutput } from "../../../worker/client/outputs.ts";

type Unit = { id: number; state: "open" | "completed" | "failed"; shown?: boolean; recalled?: boolean };

type Wishes = {
  /** The connection breaks after so many lines, so many times. */
  breakAfter?: number;
  breaks?: number;
  /** After the first results were asked for: that many requests that come to nothing, in this way. */
  outage?: { requests: number; answer: () => Response };
};

/** A site with one batch whose workunits go on by a stage whenever its results are asked for. */
function siteOf(stages: Unit[][], { breakAfter = 0, breaks = 0, outage }: Wishes = {}) {
  let stage = 0;
  let streams = 0;
  let broken = 0;
  let failing = outage?.requests ?? 0;
  /** In which order they were first seen completed. */
  const places = new Map<number, number>();
  const asked: string[] = [];
  const linesFrom = (cursor: string | null) =>
    [...places]
      .filter(([, place]) => place > Number(cursor?.split("-")[1] ?? 0))
      .map(([id, place]): object => ({ ...lineOf(id), cursor: `1-${place}` }));
  const units = () => stages[Math.min(stage, stages.length - 1)] ?? [];
  const ended = () => units().filter(({ state }) => state !== "open").length;
  const fetched: typeof fetch = async (input) => {
    const url = new URL(String(input));
    const query = JSON.parse(url.searchParams.get("input") ?? "{}") as {
      afterId?: number;
      state?: string;
      limit?: number;
    };
    if (outage !== undefined && streams > 0 && failing > 0) {
      failing -= 1;
      return outage.answer();
    }
    const json = (data: unknown) => new Response(JSON.stringify({ result: { data } }));
    if (url.pathname.endsWith("results.jsonl")) {
      streams += 1;
      asked.push(url.search);
      const there = units().filter(({ state, shown = true }) => state === "completed" && shown);
      for (const { id } of there) if (!places.has(id)) places.set(id, places.size + 1);
      stage += 1;
      const lines = url.searchParams.get("order") === "completed" ? linesFrom(url.searchParams.get("cursor")) : [];
      const after = Number(url.searchParams.get("after") ?? 0);
      if (!url.searchParams.has("order")) for (const { id } of there) if (id > after) lines.push(lineOf(id));
      const texts = lines.map((line) => `${JSON.stringify(line)}\n`);
      if (broken === breaks) return new Response(texts.join(""));
      broken += 1;
      return new Response(breaking(texts.slice(0, breakAfter)));
    }
    if (url.pathname.endsWith("version.list")) {
      return json([
        { appVersionId: 1, app: "b", version: "1.0.0", state: "published", input: null, output: { format: "bytes" } },
      ]);
    }
    if (url.pathname.endsWith("batch.details")) return json({ inProgress: 0 });
    if (url.pathname.endsWith("batch.workunits")) {
      const { afterId = 0, state, limit = 50 } = query;
      const found = units().filter((unit) => unit.id > afterId && (state == null || unit.state === state));
      return json(
        found.slice(0, limit).map(({ id, state: is, recalled }) => ({
          ...about(id),
          state: is,
          recalledSeconds: recalled === true ? 1_700_000_000 : null,
          errors: is === "failed" ? ["too_many_errors"] : [],
        })),
      );
    }
    const failed = units().filter(({ state }) => state === "failed").length;
    return json({
      project: "a",
      app: "b",
      version: "1.0.0",
      state: "open",
      workunits: units().length,
      completed: ended() - failed,
      failed,
    });
  };
  const client = createClient({ url: "http://site.test", fetch: fetched });
  return { client, asked, streams: () => streams };
}

/** A body that fails after its texts. */
function breaking(texts: readonly string[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const text = texts[next];
      next += 1;
      if (text === undefined) controller.error(new TypeError("terminated"));
      else controller.enqueue(new TextEncoder().encode(text));
    },
  });
}

function fail(error: Error): never {
  throw error;
}

/** What comes of it on a clock that does not make anybody wait, and for how long it would have waited each time. */
async function withoutWaiting<T>(work: Promise<T>): Promise<{ value: T; waits: number[] }> {
  const waits: number[] = [];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const fake = setTimeout;
  vi.stubGlobal("setTimeout", (...args: Parameters<typeof setTimeout>) => {
    waits.push(Number(args[1]));
    return fake(...args);
  });
  try {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await vi.advanceTimersByTimeAsync(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { value: await over, waits };
  } finally {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
}

const about = (id: number) => ({ workunitId: id, name: `w${id}`, tags: { index: id - 1 } });
const lineOf = (id: number) => ({
  ...{ workunit: id, name: `w${id}`, tags: { index: id - 1 }, batch: 1, confirmedAt: "2026-01-01T00:00:00.000Z" },
  ...{ output: `output ${id}`, provenance: {} },
});
const units = (text: string): Unit[] =>
  [...text].map((letter, index) => ({
    id: index + 1,
    state: "c-r".includes(letter) ? "completed" : letter === "f" ? "failed" : "open",
    shown: letter === "c",
    recalled: letter === "r",
  }));

async function collected(site: ReturnType<typeof siteOf>, order: "inputs" | "completed") {
  const seen: string[] = [];
  for await (const one of site.client.collect(1, { order, everyMs: 1 })) {
    seen.push(`${one.index}${one.state === "completed" ? one.output : one.errors.join()}`);
  }
  return seen;
}

describe("collecting", () => {
  test("in order waits for the first that is missing, and tells of failures in their place", async () => {
    const site = siteOf([units("coc"), units("coc"), units("cfc")]);
    expect(await collected(site, "inputs")).toEqual(["0output 1", "1too_many_errors", "2output 3"]);
  });

  test("as completed tells each once, whatever comes first", async () => {
    const site = siteOf([units("ooc"), units("cofc".slice(0, 3)), units("cfc")]);
    const seen = await collected(site, "completed");
    expect(seen.slice(0, 1)).toEqual(["2output 3"]);
    expect([...seen].sort()).toEqual(["0output 1", "1too_many_errors", "2output 3"]);
  });

  test("what was confirmed and can no longer be had ends as that, and does not keep a program waiting", async () => {
    for (const order of ["inputs", "completed"] as const) {
      expect((await collected(siteOf([units("c-c")]), order)).sort()).toEqual([
        "0output 1",
        "1not_available",
        "2output 3",
      ]);
    }
  });

  test("what was confirmed and recalled later is told as that, and not as an answer", async () => {
    for (const order of ["inputs", "completed"] as const) {
      expect((await collected(siteOf([units("crc")]), order)).sort()).toEqual(["0output 1", "1recalled", "2output 3"]);
    }
  });

  test("in order a recalled one keeps none behind it waiting until all has ended", async () => {
    const seen: string[] = [];
    for await (const one of siteOf([units("rco")]).client.collect(1, { everyMs: 1 })) {
      seen.push(one.state === "completed" ? String(one.output) : one.errors.join());
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["recalled", "output 2"]);
  });

  test("a batch whose page of workunits is longer than one answer is told to its end", async () => {
    const site = siteOf([units("c".repeat(450))]);
    expect(await collected(site, "inputs")).toHaveLength(450);
    expect(site.streams()).toBe(1);
  });

  test("as completed asks for no more than what is new, and says where to go on", async () => {
    const site = siteOf([units("coo"), units("coc"), units("ccc")]);
    const cursors: (string | undefined)[] = [];
    for await (const ended of site.client.collect(1, { order: "completed", everyMs: 1 })) {
      cursors.push(ended.state === "completed" ? ended.cursor : "");
    }
    expect(cursors).toEqual(["1-1", "1-2", "1-3"]);
    expect(site.asked).toEqual([
      "?order=completed",
      "?order=completed&cursor=1-1",
      "?order=completed&cursor=1-2",
      ...site.asked.slice(3),
    ]);
    expect(site.asked.slice(3).every((search) => search === "?order=completed&cursor=1-3")).toBe(true);
    const rest: number[] = [];
    for await (const { workunitId } of site.client.collect(1, { order: "completed", cursor: "1-2", everyMs: 1 })) {
      rest.push(workunitId);
    }
    expect(rest).toEqual([2]);
  });

  test.each(["inputs", "completed"] as const)("a connection that breaks is gone on with (%s)", async (order) => {
    const site = siteOf([units("cccccc")], { breakAfter: 2, breaks: 2 });
    expect((await withoutWaiting(collected(site, order))).value.map((text) => text.slice(1))).toEqual(
      [1, 2, 3, 4, 5, 6].map((id) => `output ${id}`),
    );
  });

  const BOTH = ["inputs", "completed"] as const;
  const outages: [string, () => Response][] = [
    ["nobody answers", () => fail(new TypeError("fetch failed"))],
    ["its database is gone", () => new Response("{}", { status: 500 })],
    ["answers break off", () => new Response(breaking(['{"result":']))],
  ];
  test.each(BOTH.flatMap((order) => outages.map(([what, answer]) => [order, what, answer] as const)))(
    "however long a site is away, it is asked again, more and more seldom (%s, %s)",
    async (order, _what, answer) => {
      const outage = { requests: 50, answer };
      const site = siteOf([units("ccooo"), units("cccfc")], { breakAfter: 1, breaks: 1, outage });
      const { value, waits } = await withoutWaiting(collected(site, order));
      expect(value.toSorted()).toEqual(["0output 1", "1output 2", "2output 3", "3too_many_errors", "4output 5"]);
      const rests = waits.filter((ms) => ms >= 1_000 && ms % 1_000 === 0);
      expect(Math.max(...rests)).toBe(60_000);
      expect(rests.length).toBeLessThanOrEqual(60);
    },
  );

  test.each(BOTH)("a refusal ends it at once (%s)", async (order) => {
    const refusal = () => new Response(JSON.stringify({ message: "Not yours.", code: "forbidden" }), { status: 403 });
    const site = siteOf([units("cco")], { breakAfter: 1, breaks: 1, outage: { requests: 1, answer: refusal } });
    const { value } = await withoutWaiting(collected(site, order).catch((error: unknown) => error));
    expect(value).toMatchObject({ code: "forbidden", message: "Not yours." });
    expect(site.streams()).toBe(1);
  });

  test("who has had enough of a site that is away says so", async () => {
    const outage = { requests: Number.POSITIVE_INFINITY, answer: () => fail(new TypeError("fetch failed")) };
    const site = siteOf([units("cco")], { outage });
    const enough = new AbortController();
    const waiting = (async () => {
      for await (const one of site.client.collect(1, { everyMs: 1, signal: enough.signal })) expect(one).toBeDefined();
    })();
    const ended = withoutWaiting(waiting.catch((error: unknown) => error));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    enough.abort(new Error("enough"));
    expect((await ended).value).toMatchObject({ message: "enough" });
  });

  test("a loop that is left asks for nothing more", async () => {
    const site = siteOf([units("ccc")]);
    for await (const one of site.client.collect(1, {})) if (one.index === 0) break;
    expect(site.streams()).toBe(1);
  });
});

describe("an output", () => {
  test("has the form that its app declares", () => {
    expect(
      decodeOutput(
        { output: "a,b\n1,x\n2,y\n" },
        {
          format: "csv",
          columns: [
            { name: "a", type: "integer" },
            { name: "b", type: "text" },
          ],
        },
      ),
    ).toEqual([
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ]);
    const schema = {
      format: "binary" as const,
      header: [{ name: "n", type: "u32" as const }],
      record: [{ name: "v", type: "u8" as const }],
    };
    const outputBase64 = Buffer.from([7, 0, 0, 0, 1, 2]).toString("base64");
    expect(decodeOutput({ outputBase64 }, schema)).toEqual({ header: { n: 7 }, records: [{ v: 1 }, { v: 2 }] });
    expect(decodeOutput({ outputBase64 }, { format: "bytes" })).toEqual(new Uint8Array([7, 0, 0, 0, 1, 2]));
  });

  test("that does not fit is given as it came", () => {
    expect(decodeOutput({ output: "nonsense" }, { format: "csv", columns: [{ name: "a", type: "integer" }] })).toBe(
      "nonsense",
    );
  });
});
