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
