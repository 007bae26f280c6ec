import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../../server/paths.ts";
import { withLabServer } from "../../support/lab-server.ts";

/** What `quorate` says and does when work that was sent is steered; the packed program is tried in tests/published. */
const site = withLabServer();

type Ran = { code: number; out: string; err: string };

let app: { appVersionId: number; projectId: number };
let me: Awaited<ReturnType<typeof site.member>>;

beforeAll(async () => {
  app = await site.engine.app();
  me = await site.member(app.projectId, "submitter");
});

function quorate(args: readonly string[], { headers }: { headers: Record<string, string> } = me): Promise<Ran> {
  const token = headers["authorization"]?.replace("Bearer ", "") ?? "";
  // Of a folder that holds no login of whoever runs this.
  const env = { ...process.env, XDG_CONFIG_HOME: tmpdir(), QUORATE_URL: site.base, QUORATE_TOKEN: token };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [inProject("worker/client/cli/main.ts"), ...args],
      { env },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** A batch of one workunit that stops itself above half, sent by `me`. */
async function sent(key: string): Promise<string> {
  const path = `/api/versions/${app.appVersionId}/batches?name=${key}&key=${key}&format=jsonl&flops=1e9&stopAbove=0.5`;
  const response = await fetch(`${site.base}${path}`, { method: "POST", headers: me.headers, body: '{"input":"1"}\n' });
  expect(response.status).toBe(201);
  return String(((await response.json()) as { batchId: number }).batchId);
}

const stored = (batch: string) =>
  site.engine.row(
    `select c.priority, w.priority as "ofWorkunit", c.stop_above as "stopAbove", c.notify_mail as "mailsMe"
       from batch_control c join workunit w using (batch_id) where batch_id = $1`,
    [batch],
  );

describe("quorate priority", () => {
  test("changes the priority of a batch and its workunits, up and down", async () => {
    const batch = await sent("priority");
    expect(await stored(batch)).toMatchObject({ priority: null, ofWorkunit: 0 });
    expect(await quorate(["priority", batch, "-7"])).toEqual({
      ...{ code: 0, out: `Batch ${batch} has priority -7.\n`, err: "" },
    });
    expect(await stored(batch)).toMatchObject({ priority: -7, ofWorkunit: -7 });
    const { code, out } = await quorate(["priority", batch, "5", "--json"]);
    expect([code, JSON.parse(out)]).toEqual([0, { batchId: Number(batch), did: "priority", priority: 5 }]);
    expect(await stored(batch)).toEqual({ priority: 5, ofWorkunit: 5, stopAbove: 0.5, mailsMe: false });
  });
});

describe("quorate notices", () => {
  test("changes what is named, and leaves the rest", async () => {
    const batch = await sent("notices");
    const stops = `Batch ${batch} stops by itself when more than`;
    const never = `Batch ${batch} does not stop by itself`;
    for (const [flags, said, then] of [
      [["--mail"], `${stops} 50 % fail; you get a mail when it is done.`, { stopAbove: 0.5, mailsMe: true }],
      [["--stop-above", "0.07"], `${stops} 7 % fail; you get a mail when it is done.`, { stopAbove: 0.07 }],
      [["--no-mail"], `${stops} 7 % fail; you get no mail.`, { stopAbove: 0.07, mailsMe: false }],
      [["--no-stop-above", "--mail"], `${never}; you get a mail when it is done.`, { stopAbove: null, mailsMe: true }],
    ] as const) {
      expect(await quorate(["notices", batch, ...flags])).toEqual({ code: 0, out: `${said}\n`, err: "" });
      expect(await stored(batch)).toMatchObject({ priority: null, ...then });
    }
    const { out } = await quorate(["notices", batch, "--stop-above", "1", "--json"]);
    expect(JSON.parse(out)).toEqual({ batchId: Number(batch), did: "notices", stopAbove: 1, mailsMe: true });
  });

  test("says nothing of a mail that is somebody else's, and does not change it", async () => {
    const batch = await sent("another's");
    const colleague = await site.member(app.projectId, "submitter");
    expect(await quorate(["notices", batch, "--no-stop-above"], colleague)).toMatchObject({
      ...{ code: 0, out: `Batch ${batch} does not stop by itself.\n` },
    });
    expect(await quorate(["notices", batch, "--mail"], colleague)).toMatchObject({
      ...{ code: 1, out: "", err: expect.stringContaining("Only whoever submitted a batch") },
    });
    expect(await stored(batch)).toMatchObject({ stopAbove: null, mailsMe: false });
  });
});

describe("what cannot be done", () => {
  test("is refused with a sentence, and nothing changes", async () => {
    const batch = await sent("refused");
    for (const [wrong, reason] of [
      [["priority", batch], "missing required argument 'number'"],
      [["priority", batch, "1.5"], "a priority is a whole number"],
      [["priority", batch, "high"], "this is no number"],
      [["notices", batch], "say what to change: --stop-above"],
      [["notices", batch, "--stop-above", "10"], "a share is a number from 0 to 1"],
      [["notices", "x", "--mail"], "a batch has a number"],
    ] as const) {
      expect(await quorate(wrong), wrong.join(" ")).toEqual({
        ...{ code: 2, out: "", err: expect.stringContaining(reason) },
      });
    }
    const onlyReads = await site.member(app.projectId, "submitter", ["read"]);
    for (const command of [
      ["priority", batch, "1"],
      ["notices", batch, "--no-stop-above"],
    ]) {
      expect(await quorate(command, onlyReads)).toMatchObject({
        ...{ code: 1, err: expect.stringContaining('lacks the scope "submit"') },
      });
    }
    expect(await quorate(["priority", batch, "1000001"])).toMatchObject({
      ...{ code: 1, err: expect.stringMatching(/priority: .*1000000/) },
    });
    expect(await quorate(["priority", "999999", "1"])).toMatchObject({ code: 1, err: "There is no such batch.\n" });
    expect(await stored(batch)).toEqual({ priority: null, ofWorkunit: 0, stopAbove: 0.5, mailsMe: false });
    await quorate(["cancel", batch]);
    await site.engine.deps.pool.query("update batch_control set cancel_seconds = 1 where batch_id = $1", [batch]);
    await site.engine.sweep();
    const late = { code: 1, err: expect.stringMatching(/cancelled|has ended/) };
    expect(await quorate(["priority", batch, "1"])).toMatchObject(late);
    expect(await quorate(["notices", batch, "--mail"])).toMatchObject(late);
  });
});
