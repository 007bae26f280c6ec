import type { Comparator, OutputSchema } from "../../wire/kernel-manifest.ts";
import { compareExact } from "./exact.ts";
import { compareStatistical } from "./statistical.ts";
import { compareTolerant } from "./tolerant.ts";
import type { ComparisonVerdict } from "./verdict.ts";

/** Every comparator but `custom`, which needs a WASM module and therefore a shell. */
export type PureComparator = Exclude<Comparator, { type: "custom" }>;

export function compareOutputs(
  comparator: PureComparator,
  schema: OutputSchema,
  outputs: { readonly first: Uint8Array; readonly second: Uint8Array },
): ComparisonVerdict {
  switch (comparator.type) {
    case "exact":
      return compareExact(outputs.first, outputs.second);
    case "tolerant":
      return compareTolerant(comparator, schema, outputs);
    case "statistical":
      return compareStatistical(comparator, schema, outputs);
  }
}
