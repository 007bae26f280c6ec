import type { ExactNumber, Malformation, Reason } from "../../wire/reason.ts";

/** The English sentence of a reason, without a full stop: what the API, terminals and logs say. Clients know these words. */
export function sayReason(reason: Reason): string {
  switch (reason.code) {
    case "bytes_equal":
      return "the outputs are equal byte by byte";
    case "lengths_differ":
      return `the outputs are ${reason.counts[0]} and ${reason.counts[1]} bytes long`;
    case "byte_differs":
      return `the outputs differ at byte ${reason.at}`;
    case "digests_equal":
      return "the digests are equal";
    case "digests_differ":
      return "the digests differ";
    case "no_values":
      return "an output of format bytes has no values to compare";
    case "records_differ":
      return `the outputs have ${reason.counts[0]} and ${reason.counts[1]} records`;
    case "no_field":
      return `the output schema has no field ${reason.field}`;
    case "text_differs":
      return `${reason.field} of record ${reason.record}: the texts differ`;
    case "value_apart":
      return `${reason.field}: ${apart(reason.values)}`;
    case "record_apart":
      return `${reason.field} of record ${reason.record}: ${apart(reason.values)}`;
    case "within_tolerance":
      return "every compared value is within the stated tolerance";
    case "no_pairs":
      return "the comparator names no pairs of estimate and standard error";
    case "not_numeric":
      return `${reason.field} and its error are no numeric fields`;
    case "estimates_differ":
      return `${reason.field}: the outputs have ${reason.counts[0]} and ${reason.counts[1]} estimates`;
    case "errors_lacking":
      return `${reason.field}: not every estimate has an error`;
    case "estimate_unusable":
      return `${reason.field}: an estimate or error of the ${which(reason.outputs)} output is no number`;
    case "errors_apart": {
      const [a, b] = reason.values;
      return `${reason.field}: standard errors ${a} and ${b} differ by more than a factor ${reason.factor}`;
    }
    case "estimates_apart": {
      const [a, b] = reason.values;
      return `${reason.field}: ${a} and ${b} are ${Number(reason.errors).toFixed(2)} standard errors apart`;
    }
    case "no_estimates":
      return "the outputs have no estimates";
    case "estimates_agree":
      return `no estimate differs at a false-alarm rate of ${reason.rate}`;
    case "no_sample":
      return "the comparator names no numeric field as sample";
    case "sample_unusable":
      return `the sample of the ${which(reason.outputs)} output is empty or not finite`;
    case "sample_sizes":
      return `samples of ${reason.counts[0]} and ${reason.counts[1]} values are too different in size`;
    case "samples_agree":
      return `${distance(reason.distance)}, probability ${Number(reason.probability).toPrecision(3)}`;
    case "samples_apart":
      return `${distance(reason.distance)} has probability ${Number(reason.probability).toPrecision(3)}`;
    case "outputs_malformed":
      return (["first", "second"] as const)
        .flatMap((one) => {
          const how = reason[one];
          return how === null ? [] : [`the ${one} output is malformed: ${sayMalformation(how)}`];
        })
        .join("; ");
    case "output_malformed":
      return sayMalformation(reason.how);
    case "output_too_large":
      return `the output has ${reason.bytes} bytes, allowed are ${reason.most}`;
    case "said_yes":
      return `${reason.role} said yes`;
    case "said_no":
      return `${reason.role} said no`;
    case "error_code":
      return `${reason.role} gave its error code ${reason.answer}`;
    case "module_failed":
      return reason.said;
    case "no_answer":
      return `${reason.role} did not answer within ${reason.seconds} s`;
    case "not_run":
      return `${reason.role} could not be run: ${reason.said}`;
    case "thread_ended":
      return `the thread of ${reason.role} ended (${reason.exit})`;
    case "no_verifier":
      return "this app version ships no verifier";
    case "audit_no_result":
      return "the audit ended without a result";
    case "audit_other_class":
      return `the audit was computed on the class ${reason.class}, which need not agree`;
    case "audit_output_deleted":
      return "the output was deleted before the audit ended";
    case "audit_same_bytes":
      return "same bytes";
    case "audit_other_bytes":
      return "other bytes";
  }
}

export function sayMalformation(how: Malformation): string {
  switch (how.code) {
    case "header_short":
      return `${how.bytes} bytes are fewer than the ${how.header} of the header`;
    case "bytes_after_header":
      return `${how.bytes} bytes follow the header`;
    case "record_broken":
      return `${how.bytes} bytes after the header are not whole records of ${how.record}`;
    case "not_text":
      return "the text has bytes outside printable ASCII and line feeds";
    case "first_line":
      return `the first line is not ${how.wanted}`;
    case "cell_count":
      return `line ${how.line} has ${how.cells} cells`;
    case "cell_type":
      return `line ${how.line}: ${how.field} is no ${how.type}`;
  }
}

function apart([a, b]: readonly [ExactNumber, ExactNumber]): string {
  return `${a} and ${b} are further apart than the stated tolerance`;
}

function distance(value: ExactNumber): string {
  return `Kolmogorov-Smirnov distance ${Number(value).toFixed(4)}`;
}

function which(outputs: "first" | "second" | "both"): string {
  return outputs === "both" ? "first and second" : outputs;
}
