import * as z from "zod";
import {
  DELAY_BOUND_DEFAULT_SECONDS,
  LEASE_DEFAULT_SECONDS,
  MAX_ERROR_RESULTS_DEFAULT,
  MAX_SUCCESS_RESULTS_DEFAULT,
  MAX_TOTAL_RESULTS_DEFAULT,
  MAX_TOTAL_RESULTS_LIMIT,
} from "../limits.ts";

/** How an app's workunits are confirmed: policy and parameters, as defaults of an app and overrides of a workunit. */

const count = z.int().min(0).max(MAX_TOTAL_RESULTS_LIMIT);

/** Redundancy types R000.13-R000.20. `level` is the replication level n for untrusted hosts or selected workunits. */
export const policySchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("full") }),
  z.strictObject({
    type: z.literal("partial"),
    level: count.min(2),
    select: z.discriminatedUnion("by", [
      z.strictObject({ by: z.literal("rate"), rate: z.number().min(0).max(1) }),
      z.strictObject({ by: z.literal("tag"), tag: z.string().max(60), equals: z.array(z.string().max(200)).min(1) }),
      z.strictObject({ by: z.literal("list"), names: z.array(z.string().max(200)).max(100_000) }),
    ]),
  }),
  z.strictObject({
    type: z.literal("adaptive"),
    level: count.min(2),
    /** Workunits at least this important are always replicated (R000.16); tag `importance`. */
    importanceAtLeast: z.number().optional(),
    /** Replicate everything while the pool's disagreement rate over the last hour is above this (R000.17). */
    disagreementAbove: z.number().min(0).max(1).optional(),
    /** Do not raise for conditions while more than this many results wait (backlog), unless untrusted. */
    backlogAbove: z.int().min(0).optional(),
    /** Replicate ahead when less than this share of the delay bound is left (deadline pressure). */
    deadlinePressureBelow: z.number().min(0).max(1).optional(),
  }),
  z.strictObject({
    type: z.literal("consensus"),
    rule: z.discriminatedUnion("kind", [
      /** At least k agreeing results. */
      z.strictObject({ kind: z.literal("k_of_n"), k: count.min(1) }),
      /** More than half of all successes that are not malformed. */
      z.strictObject({ kind: z.literal("majority") }),
      /** The largest group leads the next by at least d (iterative redundancy). */
      z.strictObject({ kind: z.literal("margin"), d: count.min(1) }),
    ]),
  }),
  z.strictObject({ type: z.literal("verified") }),
  z.strictObject({
    type: z.literal("hybrid"),
    level: count.min(2),
    /** Share of verified results that are replicated all the same. */
    sampleRate: z.number().min(0).max(1),
  }),
]);
export type Policy = z.infer<typeof policySchema>;

export const workunitParametersSchema = z.strictObject({
  minQuorum: count.min(1).default(2),
  /** Defaults to minQuorum. */
  targetNResults: count.min(1).optional(),
  /** Up to this many results more, drawn for every workunit, so that nobody can tell how many there are. Default 0. */
  randomExtraResults: count.optional(),
  maxErrorResults: count.default(MAX_ERROR_RESULTS_DEFAULT),
  maxTotalResults: z.int().min(1).max(MAX_TOTAL_RESULTS_LIMIT).default(MAX_TOTAL_RESULTS_DEFAULT),
  /** 0: unlimited. */
  maxSuccessResults: count.default(MAX_SUCCESS_RESULTS_DEFAULT),
  delayBoundSeconds: z
    .int()
    .min(1)
    .max(366 * 86_400)
    .default(DELAY_BOUND_DEFAULT_SECONDS),
  graceSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0),
  /** 0: leases never run out before the deadline. */
  leaseSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(LEASE_DEFAULT_SECONDS),
  homogeneity: z.enum(["off", "same", "diverse"]).default("off"),
  onePerUser: z.boolean().default(true),
});
export type WorkunitParameters = z.infer<typeof workunitParametersSchema>;

export const appSettingsSchema = z.strictObject({
  policy: policySchema.default({ type: "full" }),
  parameters: workunitParametersSchema.prefault({}),
  /** R000.36: full redundancy, distinct owners, no single acceptance; refuses settings that contradict it. */
  missionCritical: z.boolean().default(false),
});
export type AppSettings = z.infer<typeof appSettingsSchema>;
