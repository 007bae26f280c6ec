import * as z from "zod";
import { EXCHANGE_MAX_HELD } from "../limits.ts";
import { idSchema, leaseTokenSchema, sha256Schema } from "./exchange.ts";
import { kernelManifestSchema } from "./kernel-manifest.ts";

export { PARK_PATH } from "./constants.ts";

/** The plain HTTP routes of a volunteer's client, beside tRPC. Errors are JSON: `httpErrorSchema`. */

/**
 * GET /api/files/<sha256>: the file, immutable, cacheable for ever; 404 when unknown.
 *
 * PUT /api/files/<sha256>: the output of a leased result, when it is above INLINE_OUTPUT_MAX_BYTES. Body: the bytes.
 * The two headers name the lease; the session's bearer token goes in `authorization`. 204 when stored (also when it was
 * stored before); 400 the bytes have another hash; 401 no session; 403 not a lease of this user; 413 too large.
 */
export const FILES_PATH = "/api/files/";
export const RESULT_ID_HEADER = "x-quorate-result";
export const LEASE_TOKEN_HEADER = "x-quorate-lease";

/**
 * An app version is a file too: GET /api/files/<appVersionHash> gives this document, and its SHA-256 is the hash. Every
 * path of the package (modules, shaders, examples) is named with the file that has its bytes.
 */
export const appVersionDocumentSchema = z.strictObject({
  manifest: kernelManifestSchema,
  files: z.record(z.string(), sha256Schema),
});
export type AppVersionDocument = z.infer<typeof appVersionDocumentSchema>;

/**
 * POST PARK_PATH: the beacon of a page that is being hidden, frozen, reloaded or closed. No session: each lease's token
 * is proof enough. The body is JSON whatever its content type says (`navigator.sendBeacon` with text). Answers 204.
 */
export const parkRequestSchema = z.strictObject({
  /** Kept PARKED_LEASE_SECONDS for the same host; its next exchange makes them ordinary leases again. */
  park: z
    .array(z.strictObject({ resultId: idSchema, leaseToken: leaseTokenSchema }))
    .max(EXCHANGE_MAX_HELD)
    .default([]),
  /** Handed back at once, blameless. */
  giveBack: z
    .array(z.strictObject({ resultId: idSchema, leaseToken: leaseTokenSchema }))
    .max(EXCHANGE_MAX_HELD)
    .default([]),
});
export type ParkRequest = z.input<typeof parkRequestSchema>;

/** GET: the schemas of the session and the exchange as JSON Schema, for clients in other languages. */
export const EXCHANGE_SCHEMA_PATH = "/api/schema/exchange.json";

export const httpErrorSchema = z.strictObject({ code: z.string(), message: z.string() });
