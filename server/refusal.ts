import type { RefusalCode } from "./core/wire/refusal-codes.ts";

export type { RefusalCode } from "./core/wire/refusal-codes.ts";

/** An expected "no". The message is one or two sentences for the person concerned and says what they can do. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: RefusalCode;
  /** Only with `rate_limited`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: RefusalCode, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
