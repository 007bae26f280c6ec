/** Why a request is turned down. Closed: clients decide by the code, people read the message. */
export const REFUSAL_CODES = [
  /** Wrong in itself: asking again unchanged will not help. */
  "bad_request",
  /** No session, or one that has run out: open a new one. */
  "unauthenticated",
  /** Not yours, or not allowed. */
  "forbidden",
  "not_found",
  /** Contradicts what is stored already. */
  "conflict",
  /** Above a stated limit. */
  "too_large",
  /** Too often: wait `retryAfterSeconds`. */
  "rate_limited",
  /** The client speaks another version of the protocol. */
  "client_outdated",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

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
