import * as z from "zod";
import { kernelManifestSchema } from "./kernel-manifest.ts";

/**
 * GET /api/probe: the bundled kernel `probe`, whole. A client runs its known answer on each of its backends before it
 * asks for work: integers must be right bit for bit, and the bits of the floats are the device's class.
 */
export const PROBE_PATH = "/api/probe";

export const probeBundleSchema = z.strictObject({
  manifest: kernelManifestSchema,
  /** Path in the kernel's folder -> its bytes, base64. */
  files: z.record(z.string(), z.base64()),
});
export type ProbeBundle = z.infer<typeof probeBundleSchema>;

/** Where in the probe's output the floats begin: after its eight words of integers. */
export const PROBE_CLASS_FROM_BYTES = 32;
