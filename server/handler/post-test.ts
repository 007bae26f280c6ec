import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { CALL_TIMEOUT_MS, signatureOf } from "./call-webhook.ts";
import { postWebhook, WebhookError } from "./post-webhook.ts";

/** What the other side said to a test message: its status, or why there was none. */
export type PostedTest = { ok: boolean; status: number | null; error: string | null; ms: number };

/**
 * Posts `{"event": "test", ...}` to a webhook, signed as every message is, and answers what came back. Nothing is written
 * down: a test neither blames nor clears the handler.
 * @throws {Refusal} `bad_request` when the handler is no webhook.
 */
export async function postTest(deps: Deps, handlerId: number, nowSeconds: number): Promise<PostedTest> {
  const { rows } = await deps.pool.query<{ url: string | null; secret: string | null; slug: string }>(
    "select h.url, h.secret, p.slug from project_handler h join project p on p.id = h.project_id where h.id = $1",
    [handlerId],
  );
  const { url, secret, slug } = rows[0] ?? { url: null, secret: null, slug: "" };
  if (url === null || secret === null) {
    throw new Refusal("bad_request", "Only webhooks can be tested; an export shows its lines in its file.");
  }
  const body = Buffer.from(JSON.stringify({ event: "test", project: slug, sentSeconds: nowSeconds }));
  const headers = {
    "content-type": "application/json",
    "user-agent": "Quorate-Webhook/1",
    "idempotency-key": `test:${handlerId}:${nowSeconds}`,
    "quorate-signature": `t=${nowSeconds},v1=${signatureOf(secret, nowSeconds, body)}`,
  };
  const began = performance.now();
  const ms = () => Math.round(performance.now() - began);
  try {
    const allowPrivate = deps.rules.privateWebhooks;
    const { status } = await postWebhook({ url, body, headers, timeoutMs: CALL_TIMEOUT_MS, allowPrivate });
    const ok = status >= 200 && status < 300;
    return { ok, status, error: ok ? null : `answered ${status}`, ms: ms() };
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    return { ok: false, status: null, error: error.message, ms: ms() };
  }
}
