import * as z from "zod";
import { FLOPS_MAX } from "../credit/cobblestones.ts";
import { policySchema } from "../wire/app-settings.ts";
import { sha256Schema } from "../wire/exchange.ts";
import { HALF_FAULT, isWhole, unstorable } from "../wire/storable-text.ts";

/** What a workunit may set for itself of the app's parameters; everything else is the app's. */
export const parametersInputSchema = z
  .strictObject({
    minQuorum: z.number(),
    targetNResults: z.number(),
    maxErrorResults: z.number(),
    maxTotalResults: z.number(),
    maxSuccessResults: z.number(),
    delayBoundSeconds: z.number(),
    graceSeconds: z.number(),
    leaseSeconds: z.number(),
    homogeneity: z.enum(["off", "same", "diverse"]),
    onePerUser: z.boolean(),
    randomExtraResults: z.number(),
  })
  .partial();

export const prioritySchema = z.int().min(-1_000_000).max(1_000_000);
const storable = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => unstorable(text) === null, { error: ({ input }) => unstorable(String(input)) ?? "" });
const filesSchema = z.record(storable(200), sha256Schema);
export const tagsSchema = z.record(storable(60), z.union([storable(200), z.number(), z.boolean()]));

/** One workunit as it is sent: a line of JSON. Exactly one of the inputs. */
export const workunitDraftSchema = z
  .strictObject({
    /** Where it stood in what the submitter has, for messages. */
    line: z.int().min(0).optional(),
    name: storable(200).min(1).optional(),
    /** Text, UTF-8. */
    input: z.string().refine(isWhole, HALF_FAULT).optional(),
    inputBase64: z.base64().optional(),
    /** A file that is stored already. */
    inputSha256: sha256Schema.optional(),
    files: filesSchema.optional(),
    tags: tagsSchema.optional(),
    flops: z.number().min(0).max(FLOPS_MAX).optional(),
    memoryBytes: z.int().min(0).optional(),
    priority: prioritySchema.optional(),
  })
  .refine(
    (draft) => [draft.input, draft.inputBase64, draft.inputSha256].filter((each) => each !== undefined).length === 1,
    "name exactly one of input, inputBase64 and inputSha256",
  );
export type WorkunitDraft = z.infer<typeof workunitDraftSchema>;

/** What holds for all workunits of a batch that do not say otherwise. */
export const batchOptionsSchema = z.strictObject({
  /** Files by the names of the manifest. */
  files: filesSchema.default({}),
  tags: tagsSchema.default({}),
  /** Estimated floating point operations of one workunit: what credit is computed from. */
  flops: z.number().gt(0).max(FLOPS_MAX).optional(),
  memoryBytes: z.int().min(0).default(0),
  priority: prioritySchema.default(0),
  parameters: parametersInputSchema.default({}),
  policy: policySchema.optional(),
});
export type BatchOptions = z.infer<typeof batchOptionsSchema>;

/** Drafts sent at once, and bytes of them: one transaction of a fraction of a second. */
export const PART_MAX_DRAFTS = 2_000;
export const PART_MAX_BYTES = 8 * 1024 * 1024;
/** A part is complete when it holds so many characters of inputs, if not so many drafts before. */
export const PART_TEXT_CHARACTERS = 2 * 1024 * 1024;
