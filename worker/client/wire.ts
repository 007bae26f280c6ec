import type { Fault } from "./types.ts";

/** Calls to a site with fetch alone, so that this runs in Node, in browsers and in whatever else has it. */

/** Why a call failed. `code` is for programs, the message for people. */
export class QuorateError extends Error {
  override name = "QuorateError";
  /** A refusal's code (bad_request, unauthenticated, forbidden, not_found, conflict, too_large, rate_limited), or unreachable, server_error. */
  readonly code: string;
  /** HTTP status; 0: there was no answer. */
  readonly status: number;
  /** What is wrong with a kernel package, where that was the question. */
  readonly faults: readonly Fault[];

  constructor(
    message: string,
    about: { code: string; status: number; faults?: readonly Fault[] | undefined; cause?: unknown },
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.code = about.code;
    this.status = about.status;
    this.faults = about.faults ?? [];
  }
}

export type WireOptions = {
  /** The site, for example https://quorate.example. */
  url: string | URL;
  /** A personal token; without one only what everybody may see can be asked for. */
  token?: string | undefined;
  /** In place of the global one. */
  fetch?: typeof fetch | undefined;
};

export type Wire = {
  query(path: string, input?: unknown, signal?: AbortSignal): Promise<unknown>;
  mutate(path: string, input: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Any other address of the site. @throws {QuorateError} unless the answer is a good one. */
  request(path: string, init?: RequestInit): Promise<Response>;
};

/** Tries of a call that can be repeated without harm, and the first wait between two; each next one is twice as long. */
const TRIES = 4;
const FIRST_WAIT_MS = 250;

export function createWire({ url, token, fetch: fetchWith = fetch }: WireOptions): Wire {
  const base = new URL(url);
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  async function once(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) };
    let response: Response;
    try {
      response = await fetchWith(new URL(path, base), { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted === true) throw init.signal.reason;
      const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new QuorateError(`${base.origin} cannot be reached: ${why}`, { code: "unreachable", status: 0, cause });
    }
    if (response.ok) return response;
    throw errorOf(response.status, await response.text().catch(() => ""));
  }

  /** All calls but mutations are the same when they are made twice, and mutations here have keys or name a state. */
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(path, init);
      } catch (error) {
        if (attempt === TRIES || !isPassing(error)) throw error;
        await wait(FIRST_WAIT_MS * 2 ** (attempt - 1), init.signal ?? undefined);
      }
    }
  }

  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await request(path, init);
    const { result } = JSON.parse(await textOf(response)) as { result: { data?: unknown } };
    return result.data;
  };
  async function textOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (cause) {
      if (cause instanceof Error && cause.name === "AbortError") throw cause;
      throw new QuorateError(`The answer of ${base.origin} broke off.`, { code: "unreachable", status: 0, cause });
    }
  }

  const withSignal = (signal: AbortSignal | undefined): RequestInit => (signal === undefined ? {} : { signal });
  return {
    query(path, input, signal) {
      const search = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return call(`/api/trpc/${path}${search}`, withSignal(signal));
    },
    mutate(path, input, signal) {
      const headers = { "content-type": "application/json" };
      return call(`/api/trpc/${path}`, { method: "POST", headers, body: JSON.stringify(input), ...withSignal(signal) });
    },
    request,
  };
}

/** It may be different in a moment: nobody answered, or too much was asked for just now. */
function isPassing(error: unknown): boolean {
  return error instanceof QuorateError && [0, 429, 502, 503, 504].includes(error.status);
}

/** The three forms in which a site says no: tRPC's, a refusal's, and that of plain routes. */
function errorOf(status: number, body: string): QuorateError {
  type Data = { refusal?: string; code?: string; faults?: Fault[] };
  type Told = { error?: string | { message?: string; data?: Data }; message?: string; code?: string; faults?: Fault[] };
  let told: Told;
  try {
    told = JSON.parse(body) as Told;
  } catch {
    told = {};
  }
  const inner = typeof told.error === "object" ? told.error : undefined;
  const message = inner?.message ?? told.message ?? (typeof told.error === "string" ? told.error : undefined);
  const code = inner?.data?.refusal ?? told.code ?? CODES[status] ?? (status >= 500 ? "server_error" : "bad_request");
  const faults = inner?.data?.faults ?? told.faults;
  return new QuorateError(sentenceOf(message) ?? `The site answered with status ${status}.`, { code, status, faults });
}

/** tRPC tells what a schema has against an input as JSON. */
function sentenceOf(message: string | undefined): string | undefined {
  if (message?.startsWith("[") !== true) return message;
  try {
    const issues = JSON.parse(message) as { path?: (string | number)[]; message: string }[];
    return `${issues.map((issue) => `${issue.path?.join(".") ?? "the input"}: ${issue.message}`).join("; ")}.`;
  } catch {
    return message;
  }
}

const CODES: Record<number, string> = {
  400: "bad_request",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "too_large",
  429: "rate_limited",
};

/** Resolves after `ms`; rejects with the signal's reason. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
