import { once } from "node:events";
import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { withLabServer } from "../../support/lab-server.ts";

/** Bad input as it comes over the wire: what the use cases refuse is tested beside this; here is what a caller is told. */
const site = withLabServer();

let app: { appVersionId: number; projectId: number; slug: string };
let me: Awaited<ReturnType<typeof site.member>>;

beforeAll(async () => {
  app = await site.engine.app();
  me = await site.member(app.projectId, "submitter");
});

const addressOf = (key: string, more = "") =>
  `/api/versions/${app.appVersionId}/batches?name=${key}&key=${key}&format=jsonl&flops=1e9${more}`;
const post = async (key: string, body: string, more = "", headers: Record<string, string> = me.headers) => {
  const response = await fetch(`${site.base}${addressOf(key, more)}`, { method: "POST", headers, body });
  return { status: response.status, said: (await response.json()) as Record<string, unknown> };
};
const lines = (count: number, inputOf = (index: number) => `${index}`) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify({ name: `w${index}`, input: inputOf(index) })}\n`);
const count = async (what: string) =>
  (await site.engine.row<{ n: number }>(`select count(*)::int as n from ${what}`)).n;

describe("a batch over HTTP", () => {
  test("one bad line among 100 000 is named and nothing is created; or only the good ones, as asked", async () => {
    const all = lines(100_000);
    all[77_776] = '{"name":"w77776","input":5}\n';
    const text = all.join("");
    const before = await count("workunit");
    const refused = await post("bad", text);
    expect(refused).toEqual({
      status: 400,
      said: { code: "bad_request", message: expect.stringMatching(/^Nothing was created\. line 77777: [^;]*input/) },
    });
    expect(await count("workunit")).toBe(before);
    // Corrected it may be sent under the same key.
    expect(await post("bad", all.slice(77_777, 77_787).join(""))).toMatchObject({
      status: 201,
      said: { workunits: 10 },
    });
    const few = [...lines(300), '{"name":"bad","input":5}\n', ...lines(200)];
    const taken = await post("few", few.join(""), "&onBad=skip");
    expect(taken).toMatchObject({ status: 201, said: { workunits: 500, nFaults: 1, faults: [{ line: 301 }] } });
  }, 60_000);

  test("an upload that is cut creates nothing, and sent again it goes on", async () => {
    const all = lines(6_000, (index) => `${index} ${"x".repeat(200)}`);
    const text = all.join("");
    const socket = connect(Number(new URL(site.base).port), "127.0.0.1");
    const head = [
      `POST ${addressOf("cut")} HTTP/1.1`,
      "host: x",
      `authorization: ${me.headers.authorization}`,
      `content-length: ${Buffer.byteLength(text)}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    const before = await count("workunit");
    socket.write(text.slice(0, Math.floor(text.length * 0.8)));
    // Until the parts that are whole have been stored.
    await expect.poll(() => count("batch_part p join batch b on b.id = p.batch_id where b.key = 'cut'")).toBe(2);
    socket.destroy();
    await once(socket, "close");
    expect(await count("workunit")).toBe(before);
    expect(
      await count("batch_control c join batch b on b.id = c.batch_id where b.key = 'cut' and c.state = 'draft'"),
    ).toBe(1);
    const again = await post("cut", text);
    expect(again).toMatchObject({ status: 200, said: { state: "open", workunits: 6_000, isNew: false } });
    expect(await post("cut", text)).toEqual(again);
    expect(await count("workunit")).toBe(before + 6_000);
  });

  test("what is refused in the middle of a long upload is told why, however much is still coming", async () => {
    const mine = lines(20_000, (index) => `mine ${index} ${"x".repeat(500)}`).join("");
    const open = { appVersionId: app.appVersionId, name: "taken", key: "taken", options: { flops: 1e9 } };
    const opened = await fetch(`${site.base}/api/batches`, {
      method: "POST",
      headers: { ...me.headers, "content-type": "application/json" },
      body: JSON.stringify(open),
    });
    const { batchId } = (await opened.json()) as { batchId: number };
    const part = lines(2_000, (index) => `other ${index} ${"x".repeat(500)}`).join("");
    const put = await fetch(`${site.base}/api/batches/${batchId}/parts/0`, {
      method: "PUT",
      headers: me.headers,
      body: part,
    });
    expect(put.status).toBe(200);
    const refused = await post("taken", mine);
    expect(refused).toEqual({
      status: 409,
      said: { code: "conflict", message: expect.stringContaining("sent before with other content") },
    });
    const binary = await post("binary", `${"\0".repeat(100)}\n`.repeat(50_000));
    expect(binary).toMatchObject({ status: 400, said: { message: expect.stringContaining("line 1:") } });
  }, 60_000);

  test("a character that cannot be stored is named with its line", async () => {
    for (const line of [
      '{"name":"a\\u0000b","input":"1"}',
      '{"input":"1","tags":{"a":"\\u0000"}}',
      '{"input":"1","tags":{"a\\u0000":1}}',
      '{"name":"a\\ud800","input":"1"}',
      '{"input":"1\\udc002"}',
      '{"input":"1","tags":{"t":"\\ud800"}}',
      '{"input":"1","tags":{"\\ud800":1}}',
      `{"input":"1","files":{"\\ud800":"${"a".repeat(64)}"}}`,
      // What says that it is wrong quotes it.
      '{"input":"1","\\ud800":1}',
      '{"x":"1","\\udc00":[]}',
    ]) {
      const refused = await post("nul", `${lines(3).join("")}${line}\n`);
      expect(refused, line).toMatchObject({ status: 400, said: { code: "bad_request" } });
      expect(refused.said["message"], line).toContain("line 4:");
    }
    for (const options of ['{"tags":{"t":"\\ud800"}}', '{"tags":{"\\ud800":1}}']) {
      const refused = await post("nul", lines(1).join(""), `&options=${encodeURIComponent(options)}`);
      expect(refused, options).toMatchObject({ status: 400, said: { code: "bad_request" } });
    }
    expect(await count("batch where key = 'nul'")).toBe(0);
    // An input is bytes: those may be any.
    expect(await post("nul", '{"input":"1\\u00002"}\n')).toMatchObject({ status: 201, said: { workunits: 1 } });
  });

  test("the same sent twice at once is one batch, and so is what two people send under one key", async () => {
    const other = await site.member(app.projectId, "submitter");
    const text = lines(2_500).join("");
    const before = await count("workunit");
    const made = await Promise.all([post("twice", text), post("twice", text), post("twice", text, "", other.headers)]);
    const ids = new Set(made.map(({ said }) => said["batchId"]));
    expect([ids.size, made.map(({ status }) => status).sort()]).toEqual([1, [200, 200, 201]]);
    expect(await post("twice", text, "", other.headers)).toMatchObject({ status: 200, said: { isNew: false } });
    expect(await count("workunit")).toBe(before + 2_500);
    const different = await post("twice", text, "&stopAbove=0.5&onBad=skip");
    expect(different).toMatchObject({ status: 409, said: { code: "conflict" } });
  });

  test("two who submit at once both have all of theirs", async () => {
    const other = await site.member(app.projectId, "submitter");
    const [mine, theirs] = await Promise.all([
      post("mine", lines(4_000, (index) => `mine ${index}`).join("")),
      post("theirs", lines(4_000, (index) => `theirs ${index}`).join(""), "", other.headers),
    ]);
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    for (const [{ said }, whose] of [
      [mine, "mine"],
      [theirs, "theirs"],
    ] as const) {
      expect(
        await count(
          `workunit where batch_id = ${Number(said["batchId"])} and convert_from(input, 'utf8') = '${whose} ' || substr(name, 2)`,
        ),
      ).toBe(4_000);
    }
  });

  test("a token of another project or scope, and none, are told apart", async () => {
    const elsewhere = await site.engine.app();
    const stranger = await site.member(elsewhere.projectId, "owner");
    const reader = await site.member(app.projectId, "owner", ["read"]);
    const before = await count("batch");
    const line = lines(1).join("");
    const told = await Promise.all(
      [stranger.headers, reader.headers, {}, { authorization: `Bearer qrt_${"0".repeat(72)}` }].map((headers) =>
        post("theirs-not", line, "", headers),
      ),
    );
    expect(told.map(({ status, said }) => [status, said["code"]])).toEqual([
      [403, "forbidden"],
      [403, "forbidden"],
      [401, "unauthenticated"],
      [401, "unauthenticated"],
    ]);
    expect(told[1]?.said["message"]).toContain('lacks the scope "submit"');
    expect(await count("batch")).toBe(before);
  });
});
