import * as z from "zod";
import {
  EXCHANGE_MAX_HELD,
  EXCHANGE_MAX_REPORTS,
  EXCHANGE_MAX_RESULTS,
  INLINE_OUTPUT_MAX_BYTES,
  NAME_MAX_CHARACTERS,
} from "../limits.ts";

/** What crosses the network between a volunteer's client and the server. Ids are decimal strings, hashes lower-case hex. */

export { PROTOCOL_VERSION } from "./constants.ts";

export const idSchema = z.string().regex(/^[1-9]\d{0,17}$/, "an id is a positive decimal number");
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 is 64 lower-case hex digits");
export const leaseTokenSchema = z.string().regex(/^[0-9a-f]{32}$/, "a lease token is 32 hex digits");
const secondsSchema = z.int().min(0);
const base64Schema = (maxBytes: number) =>
  z.base64().max(4 * Math.ceil(maxBytes / 3), `at most ${maxBytes} bytes inline; put larger ones to /api/files first`);

export const backendKindSchema = z.enum(["wasm", "wgsl"]);
export type BackendKind = z.infer<typeof backendKindSchema>;

/** One backend of a device that answered its known-answer probe. `class` is measured, never the user agent. */
export const backendReportSchema = z.strictObject({
  kind: backendKindSchema,
  /** Bits of a float probe, hashed; equal classes may be compared tightly. */
  class: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  /** E.g. the adapter's vendor and architecture; shown, never trusted. */
  label: z.string().max(120).default(""),
  /** False: its known answer came out wrong; it gets no work. */
  knownAnswerOk: z.boolean(),
});

export const deviceSchema = z.strictObject({
  cores: z.int().min(1).max(1024),
  memoryBytes: z.int().min(0).optional(),
  backends: z.array(backendReportSchema).max(8),
});

const timingSchema = z.strictObject({
  backend: backendKindSchema,
  deviceClass: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional(),
  /** From the start of the first step to the end of the last, whole milliseconds. */
  elapsedMs: z.int().min(0).max(1e10),
});

const reportBase = { resultId: idSchema, leaseToken: leaseTokenSchema };

export const reportSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...reportBase,
    kind: z.literal("output"),
    /** Small outputs travel here; larger ones are put to /api/files/<sha256> first and named by hash alone. */
    outputBase64: base64Schema(INLINE_OUTPUT_MAX_BYTES).optional(),
    outputSha256: sha256Schema,
    timing: timingSchema,
  }),
  z.strictObject({
    ...reportBase,
    kind: z.literal("error"),
    code: z.string().regex(/^[a-z_]{1,40}$/),
    message: z.string().max(500).default(""),
    backend: backendKindSchema.optional(),
  }),
  /** The volunteer gave it up, or the client obeyed an abort of the server. */
  z.strictObject({ ...reportBase, kind: z.literal("aborted"), by: z.enum(["user", "server"]) }),
  /** Handed back, blameless. */
  z.strictObject({ ...reportBase, kind: z.literal("returned") }),
]);
export type Report = z.infer<typeof reportSchema>;

export const exchangeRequestSchema = z.strictObject({
  protocol: z.int(),
  clientVersion: z.string().max(60).default(""),
  device: deviceSchema,
  reports: z.array(reportSchema).max(EXCHANGE_MAX_REPORTS).default([]),
  /** Every result this client holds and has not reported: leases are renewed, and lost ones are handed out again. */
  holds: z
    .array(z.strictObject({ resultId: idSchema, started: z.boolean() }))
    .max(EXCHANGE_MAX_HELD)
    .default([]),
  want: z
    .strictObject({
      results: z.int().min(0).max(EXCHANGE_MAX_RESULTS),
      /** Project slug -> share; absent: whatever is needed most. */
      shares: z.record(z.string().max(60), z.number().min(0).max(1000)).optional(),
      /** In order of preference. None: nothing is computed any more, and leases that are parked stay parked. */
      backends: z.array(backendKindSchema).max(2).default(["wasm"]),
    })
    .default({ results: 0, backends: ["wasm"] }),
});
export type ExchangeRequest = z.input<typeof exchangeRequestSchema>;
export type ParsedExchangeRequest = z.output<typeof exchangeRequestSchema>;

export const acknowledgementSchema = z.strictObject({
  resultId: idSchema,
  /**
   * recorded: taken now. duplicate: was taken before, nothing changed. ignored: it came too late to matter or was not
   * this client's. refused: it is wrong in itself, do not send it again; the message says why.
   */
  status: z.enum(["recorded", "duplicate", "ignored", "refused"]),
  message: z.string().optional(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

export const leaseSchema = z.strictObject({
  resultId: idSchema,
  workunitId: idSchema,
  leaseToken: leaseTokenSchema,
  /** Seconds from now; renewed by every exchange. Null: it lasts until the deadline. */
  leaseSeconds: secondsSchema.nullable(),
  deadlineInSeconds: z.int(),
  project: z.strictObject({ slug: z.string(), name: z.string() }),
  app: z.strictObject({ name: z.string(), title: z.string() }),
  workunitName: z.string(),
  appVersionHash: sha256Schema,
  inputSha256: sha256Schema,
  /** Present when small; otherwise fetch /api/files/<inputSha256>. */
  inputBase64: z.base64().optional(),
  files: z.record(z.string(), sha256Schema),
  /** Decimal u64 for kernels that ask for a seed per result. */
  seed: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
  flops: z.number(),
  /** Compute on this backend and no other: outputs of different devices must not mix for this workunit. Absent: any. */
  backend: backendKindSchema.optional(),
});
export type Lease = z.infer<typeof leaseSchema>;

export const noWorkReasonSchema = z.enum([
  "no_work",
  "nothing_for_this_device",
  "only_results_of_yours",
  "waiting_for_other_volunteers",
  "quota_reached",
  "too_many_in_progress",
  "backend_wrong",
  "banned",
  "not_asked",
]);
export type NoWorkReason = z.infer<typeof noWorkReasonSchema>;

export const fateSchema = z.enum([
  "being_checked",
  "confirmed",
  "not_confirmed",
  "not_needed",
  "failed",
  "returned",
  "too_late",
]);
export type Fate = z.infer<typeof fateSchema>;

export const exchangeResponseSchema = z.strictObject({
  acknowledgements: z.array(acknowledgementSchema),
  leases: z.array(leaseSchema),
  /** Results held by this client that it should stop computing, and drop. */
  abort: z.array(idSchema),
  /** Call again after this many seconds, or earlier when there is something to report. */
  callAgainSeconds: z.number().min(0),
  /** Why fewer results came than were asked for. */
  reason: z.strictObject({ code: noWorkReasonSchema, message: z.string() }).optional(),
  /** What became of this host's latest results, newest first. */
  fates: z.array(
    z.strictObject({ resultId: idSchema, workunitId: idSchema, fate: fateSchema, creditMicro: z.string() }),
  ),
  /** Users seen in the last minutes, this one included; for "waiting for a second person". */
  usersOnline: z.int().min(0),
  serverVersion: z.string(),
});
export type ExchangeResponse = z.infer<typeof exchangeResponseSchema>;

/**
 * Session: proves who a host is and returns a bearer token for the exchange. A host with a key signs
 * `quorate-session:<publicKey>:<issuedSeconds>`; one without a secure context sends its secret.
 */
export const sessionRequestSchema = z.strictObject({
  protocol: z.int(),
  credential: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("key"),
      /** SPKI of an ECDSA P-256 public key, base64. */
      publicKey: z.base64().max(200),
      issuedSeconds: secondsSchema,
      /** ECDSA over SHA-256, IEEE P1363 form (64 bytes), base64. */
      signature: z.base64().max(120),
    }),
    z.strictObject({ kind: z.literal("secret"), secret: z.string().regex(/^[0-9a-f]{64}$/) }),
  ]),
  /** Wanted public name of a new identity; ignored for a known host. */
  name: z
    .string()
    .max(NAME_MAX_CHARACTERS * 4)
    .optional(),
});
export type SessionRequest = z.input<typeof sessionRequestSchema>;

export const sessionResponseSchema = z.strictObject({
  token: z.string(),
  expiresInSeconds: secondsSchema,
  hostId: idSchema,
  userId: idSchema,
  userName: z.string().nullable(),
  isNew: z.boolean(),
});
export type SessionResponse = z.infer<typeof sessionResponseSchema>;
