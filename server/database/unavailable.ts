/** Something this installation stands on cannot serve just now. Nothing is lost by asking again later. */
export type Unavailable = {
  /** away: the database does not answer. full: it, or the disk of stored files, has no room. */
  kind: "away" | "full";
  /** For whoever asked. */
  message: string;
};

const AWAY: Unavailable = {
  kind: "away",
  message: "The server's database does not answer just now. Nothing is lost; try again in a minute.",
};
const FULL: Unavailable = {
  kind: "full",
  message: "The server's disk is full and takes nothing new just now. Nothing is lost; try again later.",
};

/** PostgreSQL's disk_full, and what the operating system says of a file. */
const FULL_CODES = new Set(["53100", "ENOSPC", "EDQUOT"]);
const AWAY_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
]);
/** Connection exceptions, insufficient resources, and ended by the operator. */
const AWAY_CLASSES = /^(08...|53...|57P0[1-5])$/;
/** What the driver itself says has no code. */
const AWAY_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether an error, or what caused it, means that the database or the disk cannot serve now; undefined when it means something else. */
export function whyUnavailable(error: unknown): Unavailable | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, severity } = each as { code?: unknown; severity?: unknown };
    if (typeof code === "string" && FULL_CODES.has(code)) return FULL;
    if (typeof code === "string" && (AWAY_CODES.has(code) || AWAY_CLASSES.test(code))) return AWAY;
    // A fatal error is about the connection, never about a statement: e.g. the database is starting up.
    if (severity === "FATAL" || severity === "PANIC" || AWAY_WORDS.test(each.message)) return AWAY;
  }
  return undefined;
}
