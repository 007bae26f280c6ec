import { lookup as resolve } from "node:dns";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./public-address.ts";

/** Of an answer no more than this is ever read: enough for a line in the log. */
const ANSWER_MAX_BYTES = 4_096;

export type WebhookCall = {
  url: string;
  body: Buffer;
  headers: Readonly<Record<string, string>>;
  /** Everything together: name, connection, sending, and the beginning of the answer. */
  timeoutMs: number;
  /** The operator allows addresses that are not on the public internet. */
  allowPrivate: boolean;
};

export type WebhookAnswer = { status: number; text: string };

/** Why nothing was sent, or no answer came. */
export class WebhookError extends Error {
  override name = "WebhookError";
}

/**
 * Posts to a project's own address, which it chose itself: so the address is looked up here and the connection goes to the
 * very address that was checked, redirects are not followed, and neither time nor size is the other side's to choose.
 * @throws {WebhookError}
 */
export async function postWebhook(call: WebhookCall): Promise<WebhookAnswer> {
  const url = checkWebhookUrl(call.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // A host that is an address is never looked up.
  if (isIP(host) !== 0 && !call.allowPrivate && !isPublicAddress(host)) throw notPublic(host, host);
  const options: RequestOptions = {
    method: "POST",
    headers: { ...call.headers, "content-length": call.body.byteLength },
    // A connection of its own: one kept open was checked for another look-up.
    agent: false,
    lookup: checkedLookup(call.allowPrivate),
    signal: AbortSignal.timeout(call.timeoutMs),
  };
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options);
  try {
    const response = await new Promise<IncomingMessage>((done, fail) => {
      request.once("response", done);
      // Once it has answered, a connection that breaks is seen where the answer is read.
      request.on("error", fail);
      request.end(call.body);
    });
    return { status: response.statusCode ?? 0, text: await beginningOf(response) };
  } catch (error) {
    if (error instanceof WebhookError) throw error;
    throw new WebhookError(sentenceOf(error, call.timeoutMs), { cause: error });
  } finally {
    request.destroy();
  }
}

/** @throws {WebhookError} when it is no address that a webhook may have. */
export function checkWebhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new WebhookError("a webhook's address begins with https:// or http://");
  }
  if (url.username !== "" || url.password !== "") throw new WebhookError("a webhook's address carries no password");
  return url;
}

/** Every address of a name must be public: one that is not would be tried as soon as the others do not answer. */
function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 0);
      const hidden = addresses.find(({ address }) => !isPublicAddress(address));
      if (hidden !== undefined && !allowPrivate) return done(notPublic(hostname, hidden.address), "", 0);
      const first = addresses[0];
      if (first === undefined) return done(new WebhookError(`${hostname} has no address`), "", 0);
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

function notPublic(host: string, address: string): WebhookError {
  const which = host === address ? address : `${host} is ${address}, which`;
  return new WebhookError(
    `${which} is not on the public internet; the operator may allow that with WEBHOOK_PRIVATE=on`,
  );
}

/** Its first bytes. What comes late or breaks off matters no more: the status has been said. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  // A success says nothing worth waiting for.
  if (response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300) return "";
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.byteLength;
      if (bytes >= ANSWER_MAX_BYTES) break;
    }
  } catch (error) {
    if (parts.length === 0) return `(no text: ${(error as Error).message})`;
  }
  return Buffer.concat(parts).subarray(0, ANSWER_MAX_BYTES).toString("utf8");
}

function sentenceOf(error: unknown, timeoutMs: number): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === "AbortError" || name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  return code === undefined ? message : `${message} (${code})`;
}
