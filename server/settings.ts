import * as z from "zod";

/**
 * Every setting of the server, from environment variables. What is not set has the default written here; a value that
 * makes no sense is a sentence at the start, not a surprise later.
 */
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, "is not a whole number")
    .transform(Number)
    .pipe(z.int().min(min, `is below ${min}`).max(max, `is above ${max}`));

const schema = z.object({
  /** Port of the site. */
  PORT: wholeNumber(0, 65_535).default(3000),
  /** Address to listen on. All of the machine's by default, so that a phone in the same network can take part. */
  HOST: z.string().min(1).optional(),
  /** A PostgreSQL 15 or later to use instead of the embedded one: postgres://user:password@host:port/database */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "is not a PostgreSQL address (postgres://user:password@host:port/database)")
    .optional(),
  /** Connections this process holds to the database at most. */
  DATABASE_CONNECTIONS: wholeNumber(2, 500).default(20),
  /** Folder of the embedded database and of stored files. */
  DATA_FOLDER: z.string().min(1).default(".data"),
  /** The address visitors use, when it is not http://localhost:PORT; https here also turns on HSTS. */
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: "is not an http or https address" }).optional(),
  /**
   * How many proxies of yours stand between visitors and this server. 0: none, X-Forwarded-For is ignored. A number
   * higher than the truth lets visitors invent their address.
   */
  TRUST_PROXY: wholeNumber(0, 10).default(0),
  /** Anonymous identities one network address may create per hour. */
  ANONYMOUS_PER_HOUR: wholeNumber(1, 1_000_000).default(60),
  /** Exchanges one host may make per minute; a normal client makes one or two. */
  EXCHANGES_PER_MINUTE: wholeNumber(1, 1_000_000).default(120),
  /** Calls to /api one network address may make per minute; a whole school may be behind one. */
  CALLS_PER_MINUTE: wholeNumber(1, 10_000_000).default(6_000),
  /** on: projects' webhooks may lead to this machine and its networks. Only where you trust who makes projects. */
  WEBHOOK_PRIVATE: z.enum(["on", "off"]).default("off"),
  /** fatal, error, warn, info, debug, trace or silent. */
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  /** json: one object per line, for machines. text: for a terminal. Default: text on a terminal, json elsewhere. */
  LOG_FORMAT: z.enum(["json", "text"]).optional(),
  /** off: this process answers calls and files but no pages, for further processes behind a load balancer. */
  PAGES: z.enum(["on", "off"]).default("on"),
  /** Seconds that requests in progress get to finish when the server is told to stop. */
  SHUTDOWN_SECONDS: wholeNumber(0, 600).default(10),
});

export type Settings = z.infer<typeof schema>;

/** @throws {SettingsError} whose message names every wrong variable. */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  // An empty variable is one that somebody did not want to set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  throw new SettingsError(`${wrong.join("; ")}. (The settings are listed in server/settings.ts.)`);
}

export class SettingsError extends Error {
  override name = "SettingsError";
}
