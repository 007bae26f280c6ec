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
  /** Attempts to sign in, and mails asked for, that one network may make per hour; a whole school may be behind one. */
  SIGN_INS_PER_HOUR: wholeNumber(1, 1_000_000).default(300),
  /** A mail server: smtp://user:password@host:port, or smtps://. Without one, mails are written to the log. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, "is not the address of a mail server (smtp://user:password@host:port)")
    .optional(),
  /** Whom mails come from, for example "Quorate <noreply@example.org>". */
  MAIL_FROM: z.string().min(3).default("Quorate <noreply@localhost>"),
  /** Signing in with an account at Google or GitHub: both values of one are needed. */
  GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
  GITHUB_CLIENT_ID: z.string().min(1).optional(),
  GITHUB_CLIENT_SECRET: z.string().min(1).optional(),
  /** Signing in with any OpenID Connect provider: the address whose /.well-known/openid-configuration describes it. */
  OIDC_ISSUER: z.url({ protocol: /^https?$/, error: "is not an http or https address" }).optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  /** What the button says. */
  OIDC_NAME: z.string().min(1).max(40).default("OpenID"),
  /** Calls to /api one network address may make per minute; a whole school may be behind one. */
  CALLS_PER_MINUTE: wholeNumber(1, 10_000_000).default(6_000),
  /** Pages one network address may open per minute: a class may open its pages all at once. Five times as many may be loaded ahead. */
  PAGES_PER_MINUTE: wholeNumber(1, 10_000_000).default(600),
  /** Bucket of an S3-compatible store for files and outputs; without one they lie below DATA_FOLDER. */
  S3_BUCKET: z.string().min(3).max(63).optional(),
  /** Address of that store, when it is not Amazon's own: https://host:port */
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: "is not an http or https address" }).optional(),
  S3_REGION: z.string().min(1).default("us-east-1"),
  /** Both or none: without them Amazon's usual places are looked at (environment, files, the machine's role). */
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** off: the bucket is part of the host's name. */
  S3_PATH_STYLE: z.enum(["on", "off"]).default("on"),
  /** on: a project is seen by others only after an operator has approved it. */
  PROJECT_APPROVAL: z.enum(["on", "off"]).default("off"),
  /** Who runs this site, for the imprint, the footer and the privacy page: a person or an organisation. */
  OPERATOR_NAME: z.string().min(1).max(200).optional(),
  /** Where the operator can be found; lines are parted by "|": "Example Street 1|12345 Example|Germany" */
  OPERATOR_ADDRESS: z.string().min(1).max(500).optional(),
  OPERATOR_EMAIL: z.email("is not an e-mail address").optional(),
  OPERATOR_PHONE: z.string().min(1).max(60).optional(),
  /** Anything else an imprint must say where you live (register, tax number, who is responsible), lines parted by "|". */
  OPERATOR_DETAILS: z.string().min(1).max(1_000).optional(),
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
  if (parsed.success) {
    // Links in mails must lead where the operator says, not where a request claims to have come to.
    if (parsed.data.SMTP_URL === undefined || parsed.data.PUBLIC_URL !== undefined) return parsed.data;
    throw new SettingsError("SMTP_URL needs PUBLIC_URL too: mails contain links. (See server/settings.ts.)");
  }
  const wrong = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  throw new SettingsError(`${wrong.join("; ")}. (The settings are listed in server/settings.ts.)`);
}

export class SettingsError extends Error {
  override name = "SettingsError";
}
