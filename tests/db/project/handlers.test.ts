import { beforeAll, describe, expect, test } from "vitest";
import type { Viewer } from "../../../server/account/viewer.ts";
import type { Deps } from "../../../server/deps.ts";
import { signatureOf } from "../../../server/handler/call-webhook.ts";
import {
  addProjectHandler,
  listProjectHandlers,
  switchProjectHandler,
  testProjectHandler,
} from "../../../server/project/manage-handlers.ts";
import { accountViewer } from "../../support/account-viewer.ts";
import { openReceiver } from "../../support/webhook-receiver.ts";
import { withLab } from "../engine/lab.ts";

/** What a project's admins do with its handlers. */

const lab = withLab();
let deps: Deps;
let operator: Viewer;
beforeAll(async () => {
  deps = { ...lab.current.deps, rules: { ...lab.current.deps.rules, privateWebhooks: true } };
  const { userId } = await lab.current.host();
  operator = accountViewer(userId, { isOperator: true });
});

describe("handlers of a project", () => {
  test("a webhook is tried with a signed message that changes nothing", async () => {
    const { slug } = await lab.current.app();
    const receiver = await openReceiver();
    try {
      const wish = { slug, kind: "webhook" as const, url: receiver.url };
      const { handlerId, secret } = await addProjectHandler(deps, operator, wish, lab.current.now);
      const said = await testProjectHandler(deps, operator, { slug, handlerId }, lab.current.now);
      expect(said).toMatchObject({ ok: true, status: 204, error: null });
      const [call] = receiver.calls;
      if (!call) throw new Error("nothing was received");
      expect(call.json).toEqual({ event: "test", project: slug, sentSeconds: lab.current.now });
      const signature = signatureOf(secret ?? "", lab.current.now, call.body);
      expect(call.headers["quorate-signature"]).toBe(`t=${lab.current.now},v1=${signature}`);
      receiver.answer = (response) => void response.writeHead(500).end();
      const again = await testProjectHandler(deps, operator, { slug, handlerId }, lab.current.now);
      expect(again).toMatchObject({ ok: false, status: 500, error: "answered 500" });
      const [listed] = await listProjectHandlers(deps, operator, slug, lab.current.now);
      expect(listed).toMatchObject({ id: handlerId, failingSinceSeconds: null, enabled: true });
      expect(JSON.stringify(listed)).not.toContain(secret);
    } finally {
      await receiver.close();
    }
  });

  test("is not tried so often that it were an attack", async () => {
    const [one, other] = [await lab.current.app(), await lab.current.app()];
    const receiver = await openReceiver();
    try {
      const add = async ({ slug }: { slug: string }) => {
        const wish = { slug, kind: "webhook" as const, url: receiver.url };
        return { slug, handlerId: (await addProjectHandler(deps, operator, wish, lab.current.now)).handlerId };
      };
      const [first, second, elsewhere] = [await add(one), await add(one), await add(other)];
      const attempt = (handler: typeof first) => testProjectHandler(deps, operator, handler, lab.current.now);
      for (let times = 0; times < 5; times += 1) for (const handler of [first, second]) await attempt(handler);
      const calls = receiver.calls.length;
      await expect(attempt(first)).rejects.toMatchObject({
        code: "rate_limited",
        retryAfterSeconds: expect.any(Number),
      });
      await expect(attempt(second)).rejects.toThrow("10 times in ten minutes");
      expect([calls, receiver.calls.length]).toEqual([10, 10]);
      expect(await attempt(elsewhere)).toMatchObject({ ok: true });
    } finally {
      await receiver.close();
    }
  });

  test("nobody is there, or the address is private: a sentence, not an error", async () => {
    const { slug } = await lab.current.app();
    const wish = { slug, kind: "webhook" as const, url: "http://127.0.0.1:1/" };
    const { handlerId } = await addProjectHandler(deps, operator, wish, lab.current.now);
    const gone = await testProjectHandler(deps, operator, { slug, handlerId }, lab.current.now);
    expect(gone).toMatchObject({ ok: false, status: null, error: expect.stringMatching(/./) });
    const strict = { ...deps, rules: { ...deps.rules, privateWebhooks: false } };
    const refused = await testProjectHandler(strict, operator, { slug, handlerId }, lab.current.now);
    expect(refused.error).toMatch(/not on the public internet|public/);
  });

  test("an export is switched off and on, has nothing to test, and ten are enough", async () => {
    const { slug } = await lab.current.app();
    const add = () => addProjectHandler(deps, operator, { slug, kind: "export" }, lab.current.now);
    const { handlerId, secret } = await add();
    expect(secret).toBeNull();
    await switchProjectHandler(deps, operator, { slug, handlerId, enabled: false }, lab.current.now);
    expect(await listProjectHandlers(deps, operator, slug, lab.current.now)).toMatchObject([{ enabled: false }]);
    await expect(testProjectHandler(deps, operator, { slug, handlerId }, lab.current.now)).rejects.toThrow("webhooks");
    // Twelve at once: nine find room.
    const answers = await Promise.allSettled(Array.from({ length: 12 }, add));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(9);
    await expect(add()).rejects.toThrow("at most 10 handlers");
  });

  test("another project's handler is not there", async () => {
    const [one, two] = [await lab.current.app(), await lab.current.app()];
    const wish = { slug: one.slug, kind: "export" as const };
    const { handlerId } = await addProjectHandler(deps, operator, wish, lab.current.now);
    const change = { slug: two.slug, handlerId, enabled: false };
    await expect(switchProjectHandler(deps, operator, change, lab.current.now)).rejects.toThrow("no such handler");
    expect(await listProjectHandlers(deps, operator, two.slug, lab.current.now)).toEqual([]);
  });
});
