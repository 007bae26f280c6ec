import { describe, expect, test } from "vitest";
import { createClient } from "../../../worker/client/client.ts";
import { decodeOutput } from "../../../worker/client/outputs.ts";

type Unit = { id: number; state: "open" | "completed" | "failed"; shown?: boolean };

/** A site with one batch whose workunits change when `next` is called, which a client does by waiting. */
function siteOf(stages: Unit[][], inProgress = 0) {
  let stage = 0;
  let streams = 0;
  const units = () => stages[Math.min(stage, stages.length - 1)] ?? [];
  const ended = () => units().filter(({ state }) => state !== "open").length;
  const fetched: typeof fetch = async (input) => {
    const url = new URL(String(input));
    const asked = JSON.parse(url.searchParams.get("input") ?? "{}") as {
      afterId?: number;
      state?: string;
      limit?: number;
    };
    const json = (data: unknown) => new Response(JSON.stringify({ result: { data } }));
    if (url.pathname.endsWith("results.jsonl")) {
      streams += 1;
      const after = Number(url.searchParams.get("after") ?? 0);
      const lines = units().filter(({ id, state, shown = true }) => state === "completed" && shown && id > after);
      stage += 1;
      return new Response(lines.map(({ id }) => `${JSON.stringify(lineOf(id))}\n`).join(""));
    }
    if (url.pathname.endsWith("version.list")) {
      return json([
        { appVersionId: 1, app: "b", version: "1.0.0", state: "published", input: null, output: { format: "bytes" } },
      ]);
    }
    if (url.pathname.endsWith("batch.details")) return json({ inProgress });
    if (url.pathname.endsWith("batch.workunits")) {
      const { afterId = 0, state, limit = 50 } = asked;
      const found = units().filter((unit) => unit.id > afterId && (state == null || unit.state === state));
      return json(
        found.slice(0, limit).map(({ id, state: is }) => ({
          ...about(id),
          state: is,
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
  return { client, streams: () => streams };
}
const about = (id: number) => ({ workunitId: id, name: `w${id}`, tags: { index: id - 1 } });
const lineOf = (id: number) => ({
  ...{ workunit: id, name: `w${id}`, tags: { index: id - 1 }, batch: 1, confirmedAt: "2026-01-01T00:00:00.000Z" },
  ...{ output: `output ${id}`, provenance: {} },
});
const units = (text: string): Unit[] =>
  [...text].map((letter, index) => ({
    id: index + 1,
    state: letter === "c" || letter === "-" ? "completed" : letter === "f" ? "failed" : "open",
    shown: letter !== "-",
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

  test("a batch whose page of workunits is longer than one answer is told to its end", async () => {
    const site = siteOf([units("c".repeat(450))]);
    expect(await collected(site, "inputs")).toHaveLength(450);
    expect(site.streams()).toBe(1);
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
