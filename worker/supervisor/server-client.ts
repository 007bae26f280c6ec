import {
  type ExchangeRequest,
  type ExchangeResponse,
  exchangeResponseSchema,
  type SessionResponse,
  sessionResponseSchema,
} from "../../server/core/wire/exchange.ts";
import {
  FILES_PATH,
  LEASE_TOKEN_HEADER,
  PARK_PATH,
  type ParkRequest,
  RESULT_ID_HEADER,
} from "../../server/core/wire/http.ts";
import { PROBE_PATH } from "../../server/core/wire/probe.ts";
import { messageOf } from "../compute/kernel-error.ts";
import type { Bytes } from "../compute/runtimes/runtime.ts";
import type { ExchangeFailure } from "./core/types.ts";
import { sessionRequest } from "./credential.ts";
import type { Credential, Host } from "./host.ts";

/** All that this client says to the server over HTTP. */

/** A server that does not answer within this is as good as gone; the call is made again later. */
const CALL_TIMEOUT_MS = 30_000;
const TRANSFER_TIMEOUT_MS = 300_000;

/** The server said no, or nothing. */
export class CallFailed extends Error {
  readonly failure: ExchangeFailure;
  readonly unauthenticated: boolean;

  constructor(failure: ExchangeFailure, message: string, unauthenticated = false, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CallFailed";
    this.failure = failure;
    this.unauthenticated = unauthenticated;
  }
}

export interface ServerClient {
  /** Opens a session first where there is none. Throws CallFailed. */
  exchange(request: ExchangeRequest): Promise<{ response: ExchangeResponse; roundTripMs: number }>;
  /** Bearer token of a session, opened when needed. Throws CallFailed. */
  token(): Promise<string>;
  /** Throws CallFailed. */
  park(request: ParkRequest): Promise<void>;
  /** Throws CallFailed. */
  putOutput(output: { resultId: string; leaseToken: string; sha256: string; bytes: Bytes }): Promise<void>;
  /** The bytes as they came, unchecked. Throws CallFailed, and DownloadHeld when the volunteer wants no more. */
  getFile(sha256: string): Promise<Bytes>;
  /** The text of the device probe's bundle. Throws CallFailed. */
  getProbe(): Promise<string>;
}

export interface ServerClientOptions {
  readonly host: Host;
  credential(): Promise<Credential>;
  /** Wanted public name of a new identity. */
  name(): string;
  onSession(session: SessionResponse): void;
  onTraffic(bytes: { readonly down: number; readonly up: number }): void;
  /** Bytes of files that may still be fetched today. */
  downloadBytesLeft(): number;
}

/** The volunteer's limit of the day does not allow this file any more. */
export class DownloadHeld extends Error {
  override name = "DownloadHeld";
}

export function createServerClient(options: ServerClientOptions): ServerClient {
  const { host } = options;
  let session: { token: string; endsAtMs: number } | null = null;
  let opening: Promise<string> | null = null;
  /** What the server's clock is ahead of ours, in seconds; learned from its answers. */
  let clockSkewSeconds = 0;

  async function send(path: string, init: RequestInit, timeoutMs: number): Promise<Response> {
    let response: Response;
    try {
      response = await host.fetch(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (cause) {
      throw new CallFailed({ kind: "network" }, messageOf(cause), false, cause);
    }
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) clockSkewSeconds = (date - host.wallMs()) / 1000;
    return response;
  }

  async function call(
    procedure: string,
    input: unknown,
    token: string | null,
  ): Promise<{ data: unknown; milliseconds: number }> {
    const body = JSON.stringify(input);
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token !== null) headers["authorization"] = `Bearer ${token}`;
    const began = host.nowMs();
    const response = await send(`/api/trpc/${procedure}`, { method: "POST", headers, body }, CALL_TIMEOUT_MS);
    const text = await readText(response);
    options.onTraffic({ down: text.length, up: body.length });
    const answer = parseJson(text);
    if (!response.ok || !hasResult(answer)) throw callFailed(response, answer);
    return { data: answer.result.data, milliseconds: host.nowMs() - began };
  }

  async function openSession(): Promise<string> {
    const credential = await options.credential();
    const attempt = async (): Promise<string> => {
      const request = await sessionRequest(credential, host.wallMs() / 1000 + clockSkewSeconds, options.name());
      const opened = parse(sessionResponseSchema, (await call("volunteer.session", request, null)).data);
      // A margin, so that a token is not sent in the second in which it ends.
      session = { token: opened.token, endsAtMs: host.nowMs() + Math.max(0, opened.expiresInSeconds - 30) * 1000 };
      options.onSession(opened);
      return opened.token;
    };
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CallFailed) || !error.unauthenticated) throw error;
      // A clock that is off makes signatures of another hour; the refusal told the server's time.
      return attempt().catch((second: unknown) => {
        if (!(second instanceof CallFailed) || !second.unauthenticated) throw second;
        throw new CallFailed({ kind: "identity_refused", message: second.message }, second.message, false, second);
      });
    }
  }

  function token(): Promise<string> {
    if (session !== null && host.nowMs() < session.endsAtMs) return Promise.resolve(session.token);
    opening ??= openSession().finally(() => {
      opening = null;
    });
    return opening;
  }

  /** Calls with a session; one that ended early (a server with a new secret) is opened anew once. */
  async function withSession<T>(use: (token: string) => Promise<T>): Promise<T> {
    try {
      return await use(await token());
    } catch (error) {
      if (!(error instanceof CallFailed) || !error.unauthenticated) throw error;
      session = null;
      return use(await token());
    }
  }

  /** Gives up as soon as it is seen to be more than the day's limit leaves; what came until then has been paid for. */
  async function readFile(response: Response, sha256: string): Promise<Bytes> {
    const declared = Number(response.headers.get("content-length") ?? 0);
    const left = options.downloadBytesLeft();
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of chunksOf(response)) {
        chunks.push(chunk);
        length += chunk.byteLength;
        if (Math.max(length, declared) > left)
          throw new DownloadHeld(`file ${sha256} is larger than today's limit leaves`);
      }
    } catch (cause) {
      if (cause instanceof DownloadHeld) throw cause;
      throw new CallFailed({ kind: "network" }, messageOf(cause), false, cause);
    } finally {
      options.onTraffic({ down: length, up: 0 });
    }
    return joined(chunks, length);
  }

  return {
    token,
    async getProbe() {
      const response = await send(PROBE_PATH, {}, CALL_TIMEOUT_MS);
      const text = await readText(response);
      options.onTraffic({ down: text.length, up: 0 });
      if (!response.ok) throw callFailed(response, parseJson(text));
      return text;
    },
    async exchange(request) {
      const { data, milliseconds } = await withSession((t) => call("volunteer.exchange", request, t));
      return { response: parse(exchangeResponseSchema, data), roundTripMs: milliseconds };
    },
    async park(request) {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request) };
      const response = await send(PARK_PATH, init, CALL_TIMEOUT_MS);
      if (!response.ok) throw callFailed(response, parseJson(await readText(response)));
    },
    async putOutput({ resultId, leaseToken, sha256, bytes }) {
      await withSession(async (t) => {
        const headers = {
          authorization: `Bearer ${t}`,
          [RESULT_ID_HEADER]: resultId,
          [LEASE_TOKEN_HEADER]: leaseToken,
        };
        const response = await send(
          `${FILES_PATH}${sha256}`,
          { method: "PUT", headers, body: bytes },
          TRANSFER_TIMEOUT_MS,
        );
        if (!response.ok) throw callFailed(response, parseJson(await readText(response)));
        options.onTraffic({ down: 0, up: bytes.byteLength });
      });
    },
    async getFile(sha256) {
      if (options.downloadBytesLeft() <= 0) throw new DownloadHeld(`file ${sha256} would be beyond today's limit`);
      // Files of a project whose data are its members' only are given to who has a lease of it.
      return await withSession(async (t) => {
        const headers = { authorization: `Bearer ${t}` };
        const response = await send(`${FILES_PATH}${sha256}`, { headers }, TRANSFER_TIMEOUT_MS);
        if (!response.ok) throw callFailed(response, parseJson(await readText(response)));
        return readFile(response, sha256);
      });
    },
  };
}

/** Leaving the loop early ends the download. */
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Bytes {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw new CallFailed({ kind: "network" }, messageOf(cause), false, cause);
  }
}

/** undefined when it is no JSON: a proxy's error page. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasResult(answer: unknown): answer is { result: { data: unknown } } {
  const result = (answer as { result?: unknown } | undefined)?.result;
  return typeof result === "object" && result !== null && "data" in result;
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error };
}

/** An answer of another shape comes from a server of another version. */
function parse<T>(schema: Schema<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = "the server's answer cannot be read";
  throw new CallFailed({ kind: "server_error", message }, message, false, parsed.error);
}

/** tRPC says `{error: {message, data: {code, httpStatus, ...}}}`, the plain routes `{code, message}`. */
function callFailed(response: Response, answer: unknown): CallFailed {
  const {
    error,
    code: plainCode,
    message: plainMessage,
  } = (answer ?? {}) as {
    error?: string | { message?: string; data?: { code?: string; refusal?: string; retryAfterSeconds?: number } };
    code?: string;
    message?: string;
  };
  const details = typeof error === "object" ? error : undefined;
  const message = details?.message ?? plainMessage ?? (typeof error === "string" ? error : `HTTP ${response.status}`);
  const code = details?.data?.refusal ?? plainCode ?? details?.data?.code ?? "";
  if (code === "client_outdated") return new CallFailed({ kind: "client_outdated" }, message);
  switch (response.status) {
    case 401:
      return new CallFailed({ kind: "identity_refused", message }, message, true);
    case 400:
    case 403:
    case 413:
    case 422:
      return new CallFailed({ kind: "bad_request", message }, message);
    case 429: {
      const seconds = details?.data?.retryAfterSeconds ?? Number(response.headers.get("retry-after") ?? Number.NaN);
      return new CallFailed(
        { kind: "rate_limited", retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null },
        message,
      );
    }
    case 502:
    case 503:
    case 504:
      return new CallFailed({ kind: "network" }, message);
    default:
      return new CallFailed({ kind: "server_error", message }, message);
  }
}
