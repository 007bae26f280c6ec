import { createHmac } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { INLINE_OUTPUT_MAX_BYTES } from "../../../server/core/limits.ts";
import type { Lease, Report } from "../../../server/core/wire/exchange.ts";
import { putOutput } from "../../../server/file/put-output.ts";
import { addHandler, enableHandler } from "../../../server/handler/add-handler.ts";
import { deliverToHandlers } from "../../../server/handler/deliver-to-handlers.ts";
import { listHandlers } from "../../../server/handler/list-handlers.ts";
import { postWebhook } from "../../../server/handler/post-webhook.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { getStatus, measureNow } from "../../../server/status/get-status.ts";
import { cancelWorkunits } from "../../../server/workunit/settle-workunits.ts";
import { openReceiver, type Receiver } from "../../support/webhook-receiver.ts";
import { type Lab, type LabHost, outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();
let receiver: Receiver;
let engine: Lab;

beforeAll(() => {
  engine = lab.current.with({ rules: { ...lab.current.deps.rules, privateWebhooks: true } });
});
beforeEach(async () => {
  receiver = await openReceiver();
});
afterEach(async () => {
  // What a test left waiting must not be delivered by the next one.
  await lab.current.deps.pool.query("update project_handler set enabled = false");
  await receiver.close();
});

/** Ends `count` workunits of a new project with a webhook at the receiver. */
async function ended(count: number, url = receiver.url, bytes = outputOf(7)) {
  const { appVersionId, slug, projectId } = await engine.app({ settings: { parameters: { minQuorum: 1 } } });
  const { handlerId, secret } = await addHandler(engine.deps, { kind: "webhook", projectSlug: slug, url }, engine.now);
  const ids = await engine.submit(appVersionId, count);
  const host = await engine.host();
  const leases = await engine.claim(host, count);
  for (const lease of leases) await report(host, lease, bytes);
  await deliverOutbox(engine.deps, { kind: "assimilate" }, engine.now);
  return { ids, slug, handlerId, secret: secret ?? "", projectId };
}

async function report(host: LabHost, lease: Lease, bytes: Buffer): Promise<void> {
  const said = outputReport(lease, bytes);
  if (bytes.byteLength <= INLINE_OUTPUT_MAX_BYTES) return void (await engine.report(host, said));
  const { resultId, leaseToken, outputBase64: _inline, outputSha256: sha256, ...rest } = said as OutputReport;
  const upload = { userId: host.userId, resultId: Number(resultId), leaseToken, sha256, source: chunks(bytes) };
  await putOutput(engine.deps, upload);
  await engine.report(host, { ...rest, resultId, leaseToken, outputSha256: sha256 });
}
type OutputReport = Extract<Report, { kind: "output" }>;

async function* chunks(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

const deliver = () => deliverToHandlers(engine.deps, engine.now);
const stateOf = async (handlerId: number) =>
  (await listHandlers(engine.deps.pool, engine.now)).find((handler) => handler.id === handlerId);

describe("a webhook", () => {
  test("[R003.18] [R003.20] tells of a success once, with the canonical output, signed", async () => {
    const { ids, slug, secret } = await ended(1);
    expect(await deliver()).toBe(1);
    expect(await deliver()).toBe(0);
    expect(receiver.calls).toHaveLength(1);
    const [call] = receiver.calls;
    if (!call) throw new Error("nothing was called");
    const { headers, body, json } = call;
    const [, seconds = "", mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["quorate-signature"])) ?? [];
    expect(Number(seconds)).toBe(engine.now);
    expect(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")).toBe(mac);
    expect(headers["idempotency-key"]).toBe(`assimilate:${ids[0]}`);
    expect(json).toMatchObject({
      key: `assimilate:${ids[0]}`,
      type: "workunit.completed",
      project: slug,
      workunit: { id: ids[0], name: "workunit 0", auditOf: null },
      errors: [],
      accepted: { by: "single", confirmations: 1 },
      output: { bytes: 4, base64: outputOf(7).toString("base64") },
    });
  });

  test("[R003.21] tells of a failure with its reason", async () => {
    const { appVersionId, slug } = await engine.app();
    await addHandler(engine.deps, { kind: "webhook", projectSlug: slug, url: receiver.url }, engine.now);
    const ids = await engine.submit(appVersionId, 1);
    await cancelWorkunits(engine.deps, ids, engine.now);
    await deliverOutbox(engine.deps, { kind: "assimilate" }, engine.now);
    await deliver();
    expect(receiver.calls[0]?.json).toMatchObject({
      type: "workunit.failed",
      errors: ["cancelled"],
      output: null,
      accepted: null,
    });
  });

  test("sends an output that lies in storage too, whole", async () => {
    const large = Buffer.alloc(100_000, 0xab);
    const { ids } = await ended(1, receiver.url, large);
    expect(
      await engine.rows(
        "select from result_output o join result r on r.id = o.result_id where r.workunit_id = $1",
        ids,
      ),
    ).toEqual([]);
    await deliver();
    expect(receiver.calls[0]?.json).toMatchObject({ output: { bytes: 100_000, base64: large.toString("base64") } });
  });

  test("that is gone for a day loses nothing: it is asked seldom, and told of everything when it is back", async () => {
    const backlog = async () => (await measureNow(engine.deps.pool, engine.now)).site.backlog;
    const before = await backlog();
    const { ids, handlerId } = await ended(20);
    receiver.answer = (response) => void response.writeHead(503).end("down for repairs");
    const began = engine.now;
    while (engine.now < began + 86_400) {
      await deliver();
      engine.now += 300;
    }
    // A round of four, and then one call per rest: at most hourly at the end.
    expect(receiver.calls.length).toBeLessThan(80);
    expect(await stateOf(handlerId)).toMatchObject({
      waiting: 20,
      failingSinceSeconds: began,
      lastError: "answered 503: down for repairs",
      oldestSeconds: 86_400,
    });
    // The status page counts them among the messages to projects that wait.
    expect(await backlog()).toBe(before + 20);
    receiver.answer = (response) => void response.writeHead(200).end();
    receiver.calls.length = 0;
    // Each message rests at most a day, the handler an hour.
    for (let hour = 0; hour < 26; hour += 1) {
      engine.now += 3_600;
      await deliver();
    }
    expect(receiver.calls.map((call) => call.headers["idempotency-key"]).sort()).toEqual(
      ids.map((id) => `assimilate:${id}`).sort(),
    );
    expect(await stateOf(handlerId)).toMatchObject({ waiting: 0, failingSinceSeconds: null, lastError: null });
  });

  test("that is switched on again is told at once of all that waits, however long it was to rest", async () => {
    const { ids, handlerId } = await ended(12);
    receiver.answer = (response) => void response.writeHead(503).end();
    const began = engine.now;
    while (engine.now < began + 43_200) {
      await deliver();
      engine.now += 300;
    }
    receiver.answer = (response) => void response.writeHead(200).end();
    receiver.calls.length = 0;
    const { nextSeconds = 0 } = (await stateOf(handlerId)) ?? {};
    // It rests, and is back in the middle of that.
    engine.now = nextSeconds - 1;
    expect(await deliver()).toBe(0);
    await enableHandler(engine.deps, handlerId, true);
    expect(await stateOf(handlerId)).toMatchObject({ waiting: 12, failingSinceSeconds: began, nextSeconds: 0 });
    expect(await deliver()).toBe(12);
    expect(receiver.calls.map((call) => call.headers["idempotency-key"]).sort()).toEqual(
      ids.map((id) => `assimilate:${id}`).sort(),
    );
    expect(await stateOf(handlerId)).toMatchObject({ waiting: 0, failingSinceSeconds: null });
  });

  test("that is switched on and still gone rests briefly, as after its first failure", async () => {
    const { handlerId } = await ended(1);
    receiver.answer = (response) => void response.writeHead(503).end();
    const began = engine.now;
    while (engine.now < began + 43_200) {
      await deliver();
      engine.now += 300;
    }
    await enableHandler(engine.deps, handlerId, false);
    await enableHandler(engine.deps, handlerId, true);
    receiver.calls.length = 0;
    await deliver();
    expect(receiver.calls).toHaveLength(1);
    const { nextSeconds = 0, failingSinceSeconds } = (await stateOf(handlerId)) ?? {};
    expect(nextSeconds - engine.now).toBeLessThanOrEqual(10);
    expect(failingSinceSeconds).toBe(began);
  });

  test("that is not there cannot be switched", async () => {
    await expect(enableHandler(engine.deps, 999_999_999, true)).rejects.toThrow("There is no handler 999999999.");
    await expect(enableHandler(engine.deps, 999_999_999, false)).rejects.toThrow("There is no handler 999999999.");
  });

  test("that fails for the first time is what the status page begins with, unless it is switched off", async () => {
    const late = async () => {
      const { problems } = await getStatus(engine.deps.pool, { hours: 1, diskFull: false }, engine.now);
      return problems.filter(({ kind }) => kind === "told_late");
    };
    const { handlerId, projectId } = await ended(1);
    expect(await late()).toEqual([]);
    receiver.answer = (response) => void response.writeHead(503).end();
    await deliver();
    expect(await late()).toEqual([{ kind: "told_late", projects: 1 }]);
    await engine.deps.pool.query("update project set state = 'waiting' where id = $1", [projectId]);
    expect(await late(), "a project that is nobody's business yet").toEqual([]);
    await engine.deps.pool.query("update project set state = 'published' where id = $1", [projectId]);
    expect(await late()).toHaveLength(1);
    await enableHandler(engine.deps, handlerId, false);
    expect(await late()).toEqual([]);
  });

  test("that refuses one message gets the others, and that one again later", async () => {
    const { ids, handlerId } = await ended(6);
    const poison = `assimilate:${ids[2]}`;
    receiver.answer = (response, { headers }) =>
      void response.writeHead(headers["idempotency-key"] === poison ? 422 : 200).end();
    expect(await deliver()).toBe(5);
    expect(await stateOf(handlerId)).toMatchObject({ waiting: 1, failingSinceSeconds: null });
    receiver.answer = (response) => void response.writeHead(200).end();
    engine.now += 20;
    expect(await deliver()).toBe(1);
  });

  test("that never answers is given up after its time, and others go on meanwhile", async () => {
    const slow = await openReceiver();
    slow.answer = () => undefined;
    const hanging = await ended(2, slow.url);
    const { handlerId } = await ended(8);
    const began = performance.now();
    expect(await deliver()).toBe(8);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await stateOf(handlerId)).toMatchObject({ waiting: 0 });
    expect(await stateOf(hanging.handlerId)).toMatchObject({ waiting: 2, lastError: "no answer within 10 s" });
    await slow.close();
  });

  test("whose connection breaks after it has taken the message gets it again under the same key", async () => {
    const { ids } = await ended(1);
    receiver.answer = (response) => void response.destroy();
    expect(await deliver()).toBe(0);
    receiver.answer = (response) => void response.writeHead(200).end();
    engine.now += 30;
    expect(await deliver()).toBe(1);
    const keys = receiver.calls.map((call) => call.headers["idempotency-key"]);
    expect(keys).toEqual([`assimilate:${ids[0]}`, `assimilate:${ids[0]}`]);
  });

  test("an endless answer is not read to its end", async () => {
    const { handlerId } = await ended(1);
    let sent = 0;
    receiver.answer = (response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536;
      };
      response.on("drain", more);
      more();
    };
    const began = performance.now();
    expect(await deliver()).toBe(0);
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    expect((await stateOf(handlerId))?.lastError).toMatch(/^answered 500: x{200}$/);
  });

  test("several processes share the messages: each is posted once", async () => {
    const { ids } = await ended(24);
    await Promise.all([deliver(), deliver(), deliver()]);
    expect(receiver.calls.map((call) => call.json["key"]).sort()).toEqual(ids.map((id) => `assimilate:${id}`).sort());
  });

  test("the output stays until it was delivered, although the project keeps none", async () => {
    const { ids, projectId } = await ended(1);
    await engine.deps.pool.query("update project set retention_seconds = 0 where id = $1", [projectId]);
    engine.deps.versions.forget();
    await engine.deps.pool.query(
      `insert into outbox (key, kind, project_id, workunit_id, payload, created_seconds, next_seconds)
       values ('delete_output:' || $1::bigint, 'delete_output', $2, $1, '{}', 1, 1)`,
      [ids[0], projectId],
    );
    const isDeleted = async () =>
      (await engine.row("select output_deleted_seconds is not null as gone from workunit where id = $1", [ids[0]]))[
        "gone"
      ];
    await deliverOutbox(engine.deps, { kind: "delete_output" }, engine.now);
    expect(await isDeleted()).toBe(false);
    await deliver();
    engine.now += 600;
    await deliverOutbox(engine.deps, { kind: "delete_output" }, engine.now);
    expect(await isDeleted()).toBe(true);
  });
});

describe("a webhook leads nowhere it should not", () => {
  const post = (url: string, allowPrivate = false) =>
    postWebhook({ url, body: Buffer.from("{}"), headers: {}, timeoutMs: 5_000, allowPrivate });
  const port = () => new URL(receiver.url).port;

  test.each([
    ["this machine by its number", () => `http://127.0.0.1:${port()}/`],
    ["by its short number", () => `http://127.1:${port()}/`],
    ["by its hexadecimal number", () => `http://0x7f000001:${port()}/`],
    ["by its name", () => `http://localhost:${port()}/`],
    ["by IPv6", () => `http://[::1]:${port()}/`],
    ["by IPv4 within IPv6", () => `http://[::ffff:127.0.0.1]:${port()}/`],
    ["the metadata service", () => "http://169.254.169.254/latest/meta-data/"],
  ])("%s", async (_, url) => {
    await expect(post(url())).rejects.toThrow(/not on the public internet/);
    expect(receiver.calls).toEqual([]);
  });

  test.each([
    ["a file", "file:///etc/passwd"],
    ["another protocol", "gopher://127.0.0.1/"],
    ["no address", "not an address"],
    ["a password in it", "https://user:secret@example.org/"],
  ])("%s is refused", async (_, url) => {
    await expect(post(url, true)).rejects.toThrow(/address/);
    const { slug } = await engine.app();
    await expect(addHandler(engine.deps, { kind: "webhook", projectSlug: slug, url }, engine.now)).rejects.toThrow(
      /cannot be used/,
    );
  });

  test("a redirect is not followed", async () => {
    const { handlerId } = await ended(1);
    receiver.answer = (response) => void response.writeHead(307, { location: "/elsewhere" }).end();
    expect(await deliver()).toBe(0);
    expect(receiver.calls.map((call) => call.path)).toEqual(["/hook"]);
    expect((await stateOf(handlerId))?.lastError).toBe("answered 307 (redirects are not followed)");
  });

  test("unless the operator allows it, a project's webhook on this machine is not called at all", async () => {
    const { handlerId } = await ended(1);
    expect(await deliverToHandlers(lab.current.deps, engine.now)).toBe(0);
    expect(receiver.calls).toEqual([]);
    expect((await stateOf(handlerId))?.lastError).toMatch(/127\.0\.0\.1 is not on the public internet/);
  });
});
