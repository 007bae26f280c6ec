import * as z from "zod";

/**
 * Why two outputs agree or differ, and why an output was turned away: a code with its parameters, so that pages can say it in the
 * reader's language. `sayReason` has the English sentence, for the API, terminals and logs; app/messages/*\/reason.json those of
 * the pages.
 */

const count = z.int().min(0);
const counts = z.tuple([count, count]);
/** A number exactly; JSON has none of these three. */
const exact = z.union([z.number(), z.literal(["NaN", "Infinity", "-Infinity"])]);
const values = z.tuple([exact, exact]);
const field = z.string();
const outputs = z.enum(["first", "second", "both"]);
/** Which of the project's own modules. */
const role = z.enum(["verify", "compare"]);
/** What an engine said, in its own words. */
const said = z.string();

/** A number as a reason holds it. */
export type ExactNumber = z.infer<typeof exact>;

type Shapes = Record<string, z.ZodRawShape>;
type Coded<S extends Shapes> = {
  [Code in keyof S]: { code: Code } & { [Name in keyof S[Code]]: z.output<S[Code][Name]> };
}[keyof S];

/** The one of these with its code and parameters, and nothing else. */
function coded<S extends Shapes>(shapes: S): z.ZodType<Coded<S>> {
  const [first, ...more] = Object.entries(shapes).map(([code, shape]) =>
    z.strictObject({ code: z.literal(code), ...shape }),
  );
  if (first === undefined) throw new TypeError("no code");
  return z.discriminatedUnion("code", [first, ...more]) as unknown as z.ZodType<Coded<S>>;
}

/** Why an output does not fit its declared schema. Lines are counted from 1. */
export const MALFORMATIONS = {
  header_short: { bytes: count, header: count },
  bytes_after_header: { bytes: count },
  record_broken: { bytes: count, record: count },
  not_text: {},
  first_line: { wanted: z.string() },
  cell_count: { line: count, cells: count },
  cell_type: { line: count, field, type: z.enum(["integer", "number"]) },
} as const satisfies Shapes;
export type Malformation = Coded<typeof MALFORMATIONS>;
export const malformationSchema = coded(MALFORMATIONS);

/** Each code with its parameters. Records are counted from 0, as programs do. */
export const REASONS = {
  // Byte by byte, or by digest.
  bytes_equal: {},
  lengths_differ: { counts },
  byte_differs: { at: count },
  digests_equal: {},
  digests_differ: {},
  // By a tolerance.
  no_values: {},
  records_differ: { counts },
  no_field: { field },
  text_differs: { field, record: count },
  value_apart: { field, values },
  record_apart: { field, record: count, values },
  within_tolerance: {},
  // By means and their standard errors.
  no_pairs: {},
  not_numeric: { field },
  estimates_differ: { field, counts },
  errors_lacking: { field },
  estimate_unusable: { field, outputs },
  errors_apart: { field, values, factor: exact },
  estimates_apart: { field, values, errors: exact },
  no_estimates: {},
  estimates_agree: { rate: exact },
  // By two samples.
  no_sample: {},
  sample_unusable: { outputs },
  sample_sizes: { counts },
  samples_agree: { distance: exact, probability: exact },
  samples_apart: { distance: exact, probability: exact },
  // Outputs that do not fit their schema: either or both of a comparison, or the one that was reported.
  outputs_malformed: { first: malformationSchema.nullable(), second: malformationSchema.nullable() },
  output_malformed: { how: malformationSchema },
  output_too_large: { bytes: count, most: count },
  // What a project's own module said, or why it said nothing.
  said_yes: { role },
  said_no: { role },
  error_code: { role, answer: z.number() },
  /** `error`: a KernelErrorCode. */
  module_failed: { role, error: z.string(), said },
  no_answer: { role, seconds: exact },
  not_run: { role, said },
  thread_ended: { role, exit: z.number() },
  no_verifier: {},
  // What a re-check found, beyond what a comparison says.
  audit_no_result: {},
  audit_other_class: { class: z.string() },
  audit_output_deleted: {},
  audit_same_bytes: {},
  audit_other_bytes: {},
} as const satisfies Shapes;
export type Reason = Coded<typeof REASONS>;
export const reasonSchema = coded(REASONS);

/** As it is stored; `readReason` reads it back. */
export function storedReason(reason: Reason): string {
  return JSON.stringify(reason);
}

/** Null: none is stored, or it is a sentence of the time before reasons had codes, to be shown as it is. */
export function readReason(stored: string | null): Reason | null {
  if (stored === null || !stored.startsWith("{")) return null;
  try {
    return reasonSchema.safeParse(JSON.parse(stored)).data ?? null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
