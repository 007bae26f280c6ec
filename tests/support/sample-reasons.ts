import type { Malformation, Reason } from "../../server/core/wire/reason.ts";

type Coded<T extends { code: string }> = { [Code in T["code"]]: readonly [T & { code: Code }, english: string] };

/** One of each, with the sentence that the API says: clients may know these words, so they stay. */
export const MALFORMATIONS_SAID: Coded<Malformation> = {
  header_short: [{ code: "header_short", bytes: 15, header: 16 }, "15 bytes are fewer than the 16 of the header"],
  bytes_after_header: [{ code: "bytes_after_header", bytes: 1 }, "1 bytes follow the header"],
  record_broken: [
    { code: "record_broken", bytes: 4, record: 8 },
    "4 bytes after the header are not whole records of 8",
  ],
  not_text: [{ code: "not_text" }, "the text has bytes outside printable ASCII and line feeds"],
  first_line: [{ code: "first_line", wanted: "read,score" }, "the first line is not read,score"],
  cell_count: [{ code: "cell_count", line: 2, cells: 3 }, "line 2 has 3 cells"],
  cell_type: [{ code: "cell_type", line: 2, field: "score", type: "integer" }, "line 2: score is no integer"],
};

const how = { code: "cell_count", line: 1_234, cells: 1 } as const;

export const REASONS_SAID: Coded<Reason> = {
  bytes_equal: [{ code: "bytes_equal" }, "the outputs are equal byte by byte"],
  lengths_differ: [{ code: "lengths_differ", counts: [1_024, 7] }, "the outputs are 1024 and 7 bytes long"],
  byte_differs: [{ code: "byte_differs", at: 2 }, "the outputs differ at byte 2"],
  digests_equal: [{ code: "digests_equal" }, "the digests are equal"],
  digests_differ: [{ code: "digests_differ" }, "the digests differ"],
  no_values: [{ code: "no_values" }, "an output of format bytes has no values to compare"],
  records_differ: [{ code: "records_differ", counts: [3, 4] }, "the outputs have 3 and 4 records"],
  no_field: [{ code: "no_field", field: "energy" }, "the output schema has no field energy"],
  text_differs: [{ code: "text_differs", field: "read", record: 3 }, "read of record 3: the texts differ"],
  value_apart: [
    { code: "value_apart", field: "energy", values: [1.251, "-Infinity"] },
    "energy: 1.251 and -Infinity are further apart than the stated tolerance",
  ],
  record_apart: [
    { code: "record_apart", field: "x", record: 12, values: ["NaN", 1e-7] },
    "x of record 12: NaN and 1e-7 are further apart than the stated tolerance",
  ],
  within_tolerance: [{ code: "within_tolerance" }, "every compared value is within the stated tolerance"],
  no_pairs: [{ code: "no_pairs" }, "the comparator names no pairs of estimate and standard error"],
  not_numeric: [{ code: "not_numeric", field: "energy" }, "energy and its error are no numeric fields"],
  estimates_differ: [
    { code: "estimates_differ", field: "energy", counts: [2, 3] },
    "energy: the outputs have 2 and 3 estimates",
  ],
  errors_lacking: [{ code: "errors_lacking", field: "energy" }, "energy: not every estimate has an error"],
  estimate_unusable: [
    { code: "estimate_unusable", field: "energy", outputs: "both" },
    "energy: an estimate or error of the first and second output is no number",
  ],
  errors_apart: [
    { code: "errors_apart", field: "energy", values: [0.5, 7.25], factor: 5 },
    "energy: standard errors 0.5 and 7.25 differ by more than a factor 5",
  ],
  estimates_apart: [
    { code: "estimates_apart", field: "energy", values: [1.5, 2.5], errors: 3.1 },
    "energy: 1.5 and 2.5 are 3.10 standard errors apart",
  ],
  no_estimates: [{ code: "no_estimates" }, "the outputs have no estimates"],
  estimates_agree: [{ code: "estimates_agree", rate: 0.001 }, "no estimate differs at a false-alarm rate of 0.001"],
  no_sample: [{ code: "no_sample" }, "the comparator names no numeric field as sample"],
  sample_unusable: [
    { code: "sample_unusable", outputs: "second" },
    "the sample of the second output is empty or not finite",
  ],
  sample_sizes: [{ code: "sample_sizes", counts: [40, 19] }, "samples of 40 and 19 values are too different in size"],
  samples_agree: [
    { code: "samples_agree", distance: 0.5, probability: 0.25 },
    "Kolmogorov-Smirnov distance 0.5000, probability 0.250",
  ],
  samples_apart: [
    { code: "samples_apart", distance: 0.75, probability: 1.23e-8 },
    "Kolmogorov-Smirnov distance 0.7500 has probability 1.23e-8",
  ],
  outputs_malformed: [
    { code: "outputs_malformed", first: { code: "not_text" }, second: how },
    "the first output is malformed: the text has bytes outside printable ASCII and line feeds; the second output is malformed: line 1234 has 1 cells",
  ],
  output_malformed: [{ code: "output_malformed", how }, "line 1234 has 1 cells"],
  output_too_large: [
    { code: "output_too_large", bytes: 2_000, most: 1_000 },
    "the output has 2000 bytes, allowed are 1000",
  ],
  said_yes: [{ code: "said_yes", role: "compare" }, "compare said yes"],
  said_no: [{ code: "said_no", role: "verify" }, "verify said no"],
  error_code: [{ code: "error_code", role: "verify", answer: -3 }, "verify gave its error code -3"],
  module_failed: [
    { code: "module_failed", role: "verify", error: "trapped", said: "the module trapped in verify: unreachable" },
    "the module trapped in verify: unreachable",
  ],
  no_answer: [{ code: "no_answer", role: "compare", seconds: 0.3 }, "compare did not answer within 0.3 s"],
  not_run: [{ code: "not_run", role: "compare", said: "no threads" }, "compare could not be run: no threads"],
  thread_ended: [{ code: "thread_ended", role: "verify", exit: 1 }, "the thread of verify ended (1)"],
  no_verifier: [{ code: "no_verifier" }, "this app version ships no verifier"],
  audit_no_result: [{ code: "audit_no_result" }, "the audit ended without a result"],
  audit_other_class: [
    { code: "audit_other_class", class: "f00d" },
    "the audit was computed on the class f00d, which need not agree",
  ],
  audit_output_deleted: [{ code: "audit_output_deleted" }, "the output was deleted before the audit ended"],
  audit_same_bytes: [{ code: "audit_same_bytes" }, "same bytes"],
  audit_other_bytes: [{ code: "audit_other_bytes" }, "other bytes"],
};
